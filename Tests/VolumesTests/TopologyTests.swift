import Testing
import Volumes

@Suite struct TopologyTests {
    @Test(
        arguments: [
            "zone=a", "topology.kubernetes.io/zone=eu-1_b.2", "region=r,zone=a", "a=1",
            String(repeating: "d", count: 63) + "=" + String(repeating: "s", count: 63),
        ]
    )
    func `a place is read as it is written`(_ text: String) throws {
        #expect(try #require(Topology(text: text)).description == text)
    }

    @Test(
        arguments: [
            "", "zone", "zone=", "=a", "zone=a,", "zone=a,zone=b", "zone=a,ZONE=b", "zone=a=b", "zo ne=a", "zone=-a",
            "zone=a-", "/zone=a", "a/b/c=d", "under_score.io/zone=a", "zone=\u{e9}", "zone=a, rack=b",
            String(repeating: "d", count: 64) + "=a", "d=" + String(repeating: "s", count: 64),
        ]
    )
    func `what is no place is none`(_ text: String) {
        #expect(Topology(text: text) == nil)
    }

    @Test(
        arguments: [
            ("zone=a", "zone=a", true), ("zone=a", "zone=a,rack=1", true), ("zone=a,rack=1", "zone=a", false),
            ("zone=a", "zone=b", false), ("Zone=a", "zone=a", true), ("zone=A", "zone=a", false),
            ("zone=a", "rack=a", false),
        ]
    )
    func `a place contains those that say as much or more`(_ outer: String, _ inner: String, _ contains: Bool) throws {
        let (outer, inner) = (try #require(Topology(text: outer)), try #require(Topology(text: inner)))
        #expect(outer.contains(inner) == contains)
    }
}
