import Testing
import Volumes

@Suite("Auditing") struct VolumeAuditTests {
    private func id(_ text: String) throws -> VolumeID { try #require(VolumeID(text)) }

    private func findings(_ claims: [(String, String)], existing: [String]) throws -> [VolumeAudit.Finding] {
        VolumeAudit.findings(
            claims.map { VolumeAudit.Claim(name: $0.0, handle: $0.1) },
            existing: try existing.map(id),
            scopes: [VolumeAudit.Scope(cluster: "a", filesystem: "fs")],
            knows: { ["a", "b"].contains($0) }
        )
    }

    @Test("what both sides have is no finding")
    func clean() throws {
        #expect(try findings([("pv1", "a:fs:g:v1")], existing: ["a:fs:g:v1"]).isEmpty)
        #expect(try findings([], existing: []).isEmpty)
    }

    @Test("what only one side has is a finding, each way")
    func differences() throws {
        #expect(try findings([], existing: ["a:fs:g:v1"]) == [.unclaimed(id("a:fs:g:v1"))])
        let claim = VolumeAudit.Claim(name: "pv1", handle: "a:fs:g:v1")
        #expect(try findings([("pv1", "a:fs:g:v1")], existing: []) == [.missing(claim)])
        let strange = VolumeAudit.Claim(name: "pv2", handle: "what")
        let elsewhere = VolumeAudit.Claim(name: "pv3", handle: "c:fs:g:v1")
        #expect(
            try findings([("pv2", "what"), ("pv3", "c:fs:g:v1")], existing: []) == [
                .foreign(strange), .foreign(elsewhere),
            ]
        )
    }

    @Test("two objects of one volume are a finding")
    func shared() throws {
        let found = try findings([("pv2", "a:fs:g:v1"), ("pv1", "a:fs:g:v1")], existing: ["a:fs:g:v1"])
        #expect(try found == [.shared(id("a:fs:g:v1"), ["pv1", "pv2"])])
    }

    @Test("clusters and file systems that were not looked at say nothing")
    func scopes() throws {
        #expect(try findings([("pv1", "b:fs:g:v1"), ("pv2", "a:other:g:v1")], existing: []).isEmpty)
    }
}
