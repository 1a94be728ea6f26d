import Testing

@testable import Ceph

@Suite("Monitors' addresses") struct MonitorAddressTests {
    @Test(
        "a monitor's protocol is named where the port tells it, and left alone where nothing can",
        arguments: [
            ("10.0.0.1:6789", "v1:10.0.0.1:6789"), ("10.0.0.1:3300", "v2:10.0.0.1:3300"),
            ("[fd00::1]:3300", "v2:[fd00::1]:3300"), ("10.0.0.1", "10.0.0.1"), ("mon.example", "mon.example"),
            ("mon.example:6789", "mon.example:6789"), ("v2:10.0.0.1:1234", "v2:10.0.0.1:1234"),
            ("[v2:10.0.0.1:3300,v1:10.0.0.1:6789]", "[v2:10.0.0.1:3300,v1:10.0.0.1:6789]"),
            ("127.0.0.1:9", "127.0.0.1:9"),
        ]
    )
    func monitors(_ address: String, _ explicit: String) {
        #expect(MonitorAddress.explicit(address) == explicit)
    }
}
