import CephCommon
import Glibc
import Testing

@Suite struct HostResolverTests {
    @Test func `hosts are resolved to all their numeric addresses`() throws {
        #expect(try HostResolver.resolve("10.1.2.3:6789") == ["10.1.2.3:6789"])
        #expect(try HostResolver.resolve("[fd00:0::1]:3300") == ["[fd00::1]:3300"])
        #expect(try HostResolver.resolve("localhost:6789").contains("127.0.0.1:6789"))
        #expect(throws: HostResolver.Failure.self) { try HostResolver.resolve("no-such-host.invalid:6789") }
    }

    @Test func `a port that nobody listens on takes no connections and one that is listened on does`() throws {
        let number = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(number) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let port = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                #expect(bind(number, address, length) == 0)
                #expect(getsockname(number, address, &length) == 0)
            }
            return UInt16(bigEndian: pointer.pointee.sin_port)
        }
        #expect(!HostResolver.takesConnections("127.0.0.1:\(port)"))
        #expect(listen(number, 1) == 0)
        #expect(HostResolver.takesConnections("127.0.0.1:\(port)"))
    }
}
