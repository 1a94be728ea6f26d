import Testing

@testable import Configuration

@Suite struct MonitorAddressTests {
    @Test(
        "An address that Ceph takes is accepted as it is",
        arguments: [
            "10.0.0.1:6789", "a:1", "mon-1.example.com:65535", "[::1]:6789", "[fd00:1:2:3:4:5:6:7]:3300", "[::]:1",
            "[v2:10.0.0.1:3300]", "[v2:10.0.0.1:3300,v1:10.0.0.1:6789]", "[v1:[::1]:6789,v2:[::1]:3300]", "3com.net:1",
        ]
    )
    func accepts(_ text: String) { #expect(MonitorAddress.normalized(text) == text) }

    @Test("The nonce that ceph mon dump prints is dropped")
    func dropsNonce() {
        #expect(MonitorAddress.normalized("10.0.0.1:6789/0") == "10.0.0.1:6789")
        #expect(MonitorAddress.normalized("[v2:[::1]:3300/0,v1:[::1]:6789/0]") == "[v2:[::1]:3300,v1:[::1]:6789]")
    }

    @Test(
        "What people write instead of an address is answered with what to write",
        arguments: [
            ("10.0.0.1", "add the port, 10.0.0.1:3300"), ("mon.example", "add the port, mon.example:3300"),
            ("fd00::1", "[fd00::1]:6789"), ("10.0.0.1:6789,10.0.0.2:6789", "one monitor per entry"),
            ("10.0.0.1:6789, 10.0.0.2:6789", "omit spaces"), ("tcp://10.0.0.1:6789", "omit the scheme"),
            ("_ceph-mon._tcp.example.com", "SRV records are not supported"),
            ("ceph-mon._tcp.example.com:6789", "SRV records are not supported"),
            ("10.0.0.1:6789\n", "omit spaces"),
            ("v2:10.0.0.1:3300", "quotation marks"), ("v2:a:1,v1:a:2", "quotation marks"),
            ("[v3:a:1]", "write \"host:port\""), ("mon_1:6789", "write \"host:port\""),
        ]
    )
    func advises(_ text: String, _ part: String) {
        #expect(MonitorAddress.normalized(text) == nil)
        #expect(MonitorAddress.fix(for: text).contains(part), "\(MonitorAddress.fix(for: text))")
    }

    @Test(
        "What is no address is refused",
        arguments: [
            "", ":", "host", "host:", ":6789", "host:0", "host:65536", "host:06789", "host:+1", "host:６", "host:6789 ",
            " host:1", "ho st:1", "-a:1", "a-:1", "a..b:1", "host_1:1", "1.2.3:1", "1.2.3.256:1", "1.2.3.4.5:1",
            "::1:6789",
            "[::1]", "[::1:6789", "[1:2]:6789", "[::1::]:1", "[12345::]:1", "[1:2:3:4:5:6:7:8::]:1", "[:::]:1",
            "[g::]:1",
            "[fe80::1%eth0]:1", "[v2:a:1", "[v3:a:1]", "[v2:a:1,]", "[v2:a:1,a:2]", "[v2:a:1,v2:b:1]", "[v2:]",
            "v2:a:1", "v3:a:1", "v2:a:1,v1:a:2",
            "a:1,b:1", "a:1/5", "[v2:a:1]/0", "a:1\n", "a\u{0}b:1", "h\u{e9}:1",
        ]
    )
    func refuses(_ text: String) { #expect(MonitorAddress.normalized(text) == nil) }

    @Test("A host name's limits are RFC 1123's")
    func hostLengths() {
        let label = String(repeating: "a", count: 63)
        #expect(MonitorAddress.normalized("\(label):1") != nil)
        #expect(MonitorAddress.normalized("a\(label):1") == nil)
        let long = Array(repeating: label, count: 4).joined(separator: ".")
        #expect(MonitorAddress.normalized("\(long.dropLast(2)):1") != nil)
        #expect(MonitorAddress.normalized("\(long):1") == nil)
    }
}
