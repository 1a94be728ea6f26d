import CephCommon
import Testing

@Suite struct CephReleaseTests {
    @Test(arguments: [
        ("16.2.15", CephRelease(16, 2, 15)), ("20.2.4-1", CephRelease(20, 2, 4)),
        ("18.2.7+ds-1", CephRelease(18, 2, 7)),
        ("ceph version 18.2.7 (6b0e988052ec84cf2d4a54ff9bbbc5e720b621ad) reef (stable)", CephRelease(18, 2, 7)),
        ("ceph version 21.0.0-99-gabc (abc) umbrella (dev - RelWithDebInfo)", CephRelease(21, 0, 0)),
    ]) func `what Ceph prints is read`(text: String, release: CephRelease) {
        #expect(CephRelease(text) == release)
    }

    @Test(arguments: ["", "ceph version", "Development", "20.2", "a.b.c", "..", "version 20.2.4"])
    func `anything else is no release`(text: String) {
        #expect(CephRelease(text) == nil)
    }

    @Test func `releases are ordered by age and printed as Ceph does`() {
        #expect(CephRelease(16, 2, 15) < CephRelease(18, 2, 7) && CephRelease(18, 2, 7) < CephRelease(18, 2, 10))
        #expect("\(CephRelease(20, 2, 4))" == "20.2.4")
    }
}
