import Foundation
import Glibc
import Testing
import Volumes

@testable import Mounting

@Suite struct KernelMonitorsTests {
    private let vector = "[v2:10.0.0.1:3300,v1:10.0.0.1:6789]"

    private func choose(_ monitors: [String], wanted: String? = nil, kernel: String = "6.1") throws -> KernelMonitors {
        try KernelMonitors(
            of: Cluster(id: "dev", monitors: monitors),
            wanted: wanted,
            kernel: #require(KernelVersion(release: kernel)),
            resolve: { address throws(VolumeError) in [address] }
        )
    }

    @Test func `the second protocol is taken when every monitor has it`() throws {
        let chosen = try choose([vector, "10.0.0.2:3300", "[v2:[fd00::1]:3300]"])
        #expect(chosen.addresses == ["10.0.0.1:3300", "10.0.0.2:3300", "[fd00::1]:3300"])
        #expect(chosen.mode == "prefer-crc")
    }

    @Test(arguments: ["10.0.0.2:6789", "10.0.0.2:7000", "[v1:10.0.0.2:6789]"])
    func `one monitor without it makes all use the first`(other: String) throws {
        let chosen = try choose([vector, other])
        #expect(chosen.addresses.first == "10.0.0.1:6789")
        #expect(chosen.addresses.count == 2)
        #expect(chosen.mode == nil)
    }

    @Test func `a kernel before 5.11 uses the first`() throws {
        #expect(try choose([vector], kernel: "5.10.0").addresses == ["10.0.0.1:6789"])
        #expect(try choose([vector], kernel: "5.10.0").mode == nil)
        #expect(try choose([vector], kernel: "5.11").mode == "prefer-crc")
    }

    @Test func `ms_mode decides for all of them`() throws {
        #expect(try choose([vector], wanted: "legacy").addresses == ["10.0.0.1:6789"])
        #expect(try choose([vector], wanted: "legacy").mode == nil)
        let secure = try choose([vector, "mon:7000"], wanted: "secure")
        #expect(secure.addresses == ["10.0.0.1:3300", "mon:7000"])
        #expect(secure.mode == "secure")
    }

    @Test(
        arguments: [
            (["10.0.0.1:3300", "10.0.0.2:6789"], nil, "6.1", "preconditionFailed"),
            (["10.0.0.1:3300"], "legacy", "6.1", "preconditionFailed"),
            (["10.0.0.1:6789"], "crc", "6.1", "preconditionFailed"),
            (["10.0.0.1:3300"], nil, "5.4", "preconditionFailed"),
            (["10.0.0.1:3300"], "crc", "5.4", "invalid"),
        ] as [([String], String?, String, String)]
    ) func `without a protocol in common the fix is named`(
        monitors: [String],
        wanted: String?,
        kernel: String,
        kind: String
    ) {
        let error = #expect(throws: VolumeError.self) { try choose(monitors, wanted: wanted, kernel: kernel) }
        #expect(error?.kind == kind)
        let fix = kind == "invalid" ? "5.11" : "[v2:host:3300,v1:host:6789]"
        #expect("\(String(describing: error))".contains(fix))
    }

    @Test func `a name that can't be resolved is left out while another can, and named when none can`() throws {
        func chosen(_ monitors: [String]) throws -> [String] {
            try KernelMonitors(of: Cluster(id: "dev", monitors: monitors), wanted: nil) { address throws(VolumeError) in
                guard !address.hasPrefix("gone") else { throw .unavailable("no \(address)") }
                return ["1.1.1.1:6789", "2.2.2.2:6789"]
            }.addresses
        }
        #expect(try chosen(["gone:6789", "mon:6789", "mon2:6789"]) == ["1.1.1.1:6789", "2.2.2.2:6789"])
        #expect(throws: VolumeError.unavailable("no gone:6789")) { try chosen(["gone:6789", "gone2:6789"]) }
    }

    @Test func `hosts are resolved to all their numeric addresses`() throws {
        #expect(try HostResolver.resolve("10.1.2.3:6789") == ["10.1.2.3:6789"])
        #expect(try HostResolver.resolve("[fd00:0::1]:3300") == ["[fd00::1]:3300"])
        #expect(try HostResolver.resolve("localhost:6789").contains("127.0.0.1:6789"))
        #expect(throws: VolumeError.self) { try HostResolver.resolve("no-such-host.invalid:6789") }
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
