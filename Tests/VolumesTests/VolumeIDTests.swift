import Testing
import Volumes

@Suite struct VolumeIDTests {
    @Test func `an id survives being written and parsed`() throws {
        let id = try #require(VolumeID(cluster: "prod", filesystem: "cephfs", group: "csi", volume: "pvc-1"))
        #expect(id.description == "prod:cephfs:csi:pvc-1")
        #expect(VolumeID(id.description) == id)
    }

    @Test(
        arguments: [
            "", "a", "a:b:c", "a:b:c:d:e", "a::c:d", "a:b:c:", ":b:c:d", "a:b:..:d", "a:b:c:../x", "a:b:c:x/y",
            "a:b:_staging:x",
            "a:b:c:.meta", "a:b:c:x\0y", "a:b:c: x", "a:b:c:ä", "a:b:c:-x",
        ]
    )
    func `a malformed id is refused`(text: String) {
        #expect(VolumeID(text) == nil)
    }

    @Test func `an id is at most 128 bytes`() {
        let fits = String(repeating: "v", count: 98)
        #expect(VolumeID("cluster1:cephfs02:groupabcdef:" + fits)?.description.utf8.count == 128)
        #expect(VolumeID("cluster1:cephfs02:groupabcdefg:" + fits) == nil)
    }
}

@Suite struct VolumeNamingTests {
    /// A stand-in digest: what matters here is that it is used, and on what.
    private let naming = VolumeNaming { name in
        let sum = name.utf8.reduce(UInt64(14_695_981_039_346_656_037)) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 }
        let hex = String(sum, radix: 16)
        let digits = String(repeating: "0", count: 16 - hex.count) + hex
        return digits + digits + digits + digits
    }

    private func id(_ name: String) throws -> VolumeID {
        try naming.id(name: name, cluster: "c", filesystem: "f", group: "g")
    }

    @Test func `a safe name is the directory's name`() throws {
        #expect(try id("pvc-7d3c").volume == "pvc-7d3c")
    }

    @Test(
        arguments: [
            "with space", "sl/ash", "..", ".", "äöü", "_staging", ".meta", "new\nline", "a:b",
            String(repeating: "x", count: 128),
        ]
    )
    func `an unsafe or long name becomes a safe name that keeps its hash`(name: String) throws {
        let volume = try id(name).volume
        #expect(FileName.isSafe(volume))
        #expect(volume != name)
        #expect(try id(name).volume == volume, "the same name always leads to the same directory")
    }

    @Test func `different unsafe names differ although their readable parts agree`() throws {
        #expect(try id("a b").volume != id("a/b").volume)
    }

    @Test func `a literal name that looks derived can't meet a derived one`() throws {
        let derived = try id("a b").volume
        #expect(try id(derived).volume != derived)
    }

    @Test func `parts that leave no room are refused`() {
        let long = String(repeating: "g", count: 60)
        #expect(throws: VolumeError.self) {
            _ = try naming.id(name: "with space", cluster: long, filesystem: long, group: "g")
        }
    }
}
