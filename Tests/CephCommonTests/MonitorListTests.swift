import CephCommon
import Testing

@Suite struct MonitorListTests {
    /// A name server with one name of three monitors, two of one, and none of what begins with `gone`.
    private static let names = [
        "mon.example": ["10.0.0.1", "10.0.0.2", "[fd00::3]"], "a.example": ["10.0.0.1"], "b.example": ["10.0.0.2"],
    ]

    private func numeric(_ monitors: [String]) throws(HostResolver.Failure) -> [String] {
        try MonitorList.numeric(monitors) { address throws(HostResolver.Failure) in
            guard let colon = address.lastIndex(of: ":") else { throw HostResolver.Failure("no port") }
            let (host, port) = (String(address[..<colon]), address[colon...])
            if let found = Self.names[host] { return found.map { "\($0)\(port)" } }
            guard !host.hasPrefix("gone") else { throw HostResolver.Failure("no \(host)") }
            return [address]
        }
    }

    private static let lists: [([String], [String])] = [
        (["10.0.0.1:6789"], ["10.0.0.1:6789"]),
        (["[fd00::1]:3300", "10.0.0.1:7000"], ["[fd00::1]:3300", "10.0.0.1:7000"]),
        (["[v2:10.0.0.1:3300,v1:10.0.0.1:6789]"], ["[v2:10.0.0.1:3300,v1:10.0.0.1:6789]"]),
        (["[v1:10.0.0.1:6789,v2:10.0.0.1:3300]"], ["[v2:10.0.0.1:3300,v1:10.0.0.1:6789]"]),
        (["[v2:[fd00::1]:3300,v1:[fd00::1]:6789]"], ["[v2:[fd00::1]:3300,v1:[fd00::1]:6789]"]),
        (["[v2:10.0.0.1:3300]"], ["[v2:10.0.0.1:3300]"]), (["v2:10.0.0.1:7000"], ["[v2:10.0.0.1:7000]"]),
        // One permanent name for all.
        (["mon.example:6789"], ["10.0.0.1:6789", "10.0.0.2:6789", "[fd00::3]:6789"]),
        (["mon.example:7000"], ["10.0.0.1:7000", "10.0.0.2:7000", "[fd00::3]:7000"]),
        (
            ["[v2:mon.example:3300,v1:mon.example:6789]"],
            [
                "[v2:10.0.0.1:3300,v1:10.0.0.1:6789]", "[v2:10.0.0.2:3300,v1:10.0.0.2:6789]",
                "[v2:[fd00::3]:3300,v1:[fd00::3]:6789]",
            ]
        ),
        // Two names in one vector.
        (["[v2:a.example:3300,v1:b.example:6789]"], ["[v2:10.0.0.1:3300]", "[v1:10.0.0.2:6789]"]),
        // The same monitor by two names.
        (
            ["a.example:6789", "10.0.0.1:6789", "mon.example:6789"],
            ["10.0.0.1:6789", "10.0.0.2:6789", "[fd00::3]:6789"]
        ),
        // A name of several without an address.
        (["gone.example:6789", "a.example:6789"], ["10.0.0.1:6789"]),
        (["a.example:6789", "gone.example:6789", "b.example:3300"], ["10.0.0.1:6789", "10.0.0.2:3300"]),
        (["[v2:gone.example:3300,v1:gone.example:6789]", "b.example:3300"], ["10.0.0.2:3300"]),
        (["[v2:a.example:3300,v1:gone.example:6789]", "b.example:3300"], ["10.0.0.2:3300"]),
    ]

    @Test(arguments: lists) func `names become addresses, and one without any is left out`(
        monitors: [String],
        expected: [String]
    ) throws {
        #expect(try numeric(monitors) == expected)
    }

    @Test func `when nothing is left the first name is named`() {
        #expect(throws: HostResolver.Failure("no gone1")) { try numeric(["gone1:6789", "[v2:gone2:3300]"]) }
    }

    @Test(
        arguments: [
            ("10.0.0.1:6789", "10.0.0.1:6789", nil), ("10.0.0.1:3300", nil, "10.0.0.1:3300"),
            ("mon:7000", "mon:7000", "mon:7000"), ("[fd00::1]:3300", nil, "[fd00::1]:3300"),
            ("[v1:a:1,v2:b:2]", "a:1", "b:2"), ("[v2:[fd00::1]:3300]", nil, "[fd00::1]:3300"),
        ] as [(String, String?, String?)]
    )
    func `an entry says which protocol is where`(text: String, v1: String?, v2: String?) {
        let entry = MonitorEntry(text)
        #expect(entry.v1 == v1)
        #expect(entry.v2 == v2)
    }

    @Test func `a name that is looked up by the system is found among those that can't be`() throws {
        let found = try MonitorList.numeric(["no-such-host.invalid:6789", "localhost:6789"])
        #expect(found.contains("127.0.0.1:6789"))
        #expect(throws: HostResolver.Failure.self) { try MonitorList.numeric(["no-such-host.invalid:6789"]) }
    }
}
