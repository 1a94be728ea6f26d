import Ceph
import Foundation
import Glibc
import SampleTrees
import Testing
import Volumes

@testable import CephVolumes
@testable import TreeCopying

/// The library that the tests run with knows it or not; a cluster that has it is needed in either case.
private let hasCharacterMaps = ProcessInfo.processInfo.environment["DEV_CLUSTER_CEPH"] == "20"
private let library = Result { try ClientLibrary.installed() }

@Suite(
    "Directories that fold names",
    .usesCluster,
    .enabled(if: hasCharacterMaps, "metadata servers before Ceph 20 have no such directories")
) struct CharacterMapTests {
    private let attribute = CharacterMap.attribute

    @Test("a copy has the names as they were given, and folds where the source does")
    func copied() async throws {
        guard try library.get().knowsCharmaps else { return try await refusedByCopier() }
        let fixture = try await CopyFixture()
        try await fixture.makeSource { root in
            try root.setAttribute(Array("ceph.dir.casesensitive".utf8), to: Array("0".utf8))
            let upper = try root.makeDirectory(Array("ÄUpper".utf8), mode: 0o755).node
            try upper.createFile(Array("ReadMe.TXT".utf8), mode: 0o644, foldsNames: true).close()
            _ = try upper.makeSymlink(Array("Link".utf8), to: Array("ReadMe.TXT".utf8))
            let file = try upper.child(Array("readme.txt".utf8))?.node
            try file?.link(Array("Second.TXT".utf8), in: root)
            // One within another, and the other way round.
            let inner = try upper.makeDirectory(Array("Inner".utf8), mode: 0o755).node
            try inner.setAttribute(Array("ceph.dir.normalization".utf8), to: Array("nfc".utf8))
            try inner.createFile(Array("É".utf8), mode: 0o644, foldsNames: true).close()
            let plain = try upper.makeDirectory(Array("Plain".utf8), mode: 0o755).node
            try plain.removeAttribute(Array(CharacterMap.attribute.utf8))
            for name in ["a", "A"] { try plain.createFile(Array(name.utf8), mode: 0o644).close() }
            let deep = try plain.makeDirectory(Array("Deep".utf8), mode: 0o755).node
            try deep.setAttribute(Array("ceph.dir.casesensitive".utf8), to: Array("0".utf8))
            try deep.createFile(Array("B".utf8), mode: 0o644, foldsNames: true).close()
        }
        try await fixture.run(fixture.copier())
        #expect(try await fixture.differences().isEmpty)
        let target = fixture.target
        #expect(try await fixture.names("\(target)") == ["Second.TXT", "ÄUpper"])
        #expect(try await fixture.names("\(target)/äupper") == ["Inner", "Link", "Plain", "ReadMe.TXT"])
        let maps = try await fixture.on { [paths = fixture.snapshotPaths] mount in
            try ["", "/ÄUpper", "/ÄUpper/Inner", "/ÄUpper/Plain", "/ÄUpper/Plain/Deep"].map { path in
                try [paths.source, paths.destination].map { root in
                    try mount.attributeIfPresent(CharacterMap.attribute, of: root + path)
                }
            }
        }
        for map in maps { #expect(map[0] == map[1]) }
        #expect(maps.map { $0[1] == nil } == [false, false, false, true, false])
        #expect(Set(maps.compactMap { $0[1] }).count == 2)
        try await fixture.end()
    }

    /// A directory deep in the source.
    private func refusedByCopier() async throws {
        let fixture = try await CopyFixture()
        try await fixture.makeSource { root in
            let child = try root.makeDirectory(Array("child".utf8), mode: 0o755).node
            try child.setAttribute(Array("ceph.dir.casesensitive".utf8), to: Array("0".utf8))
        }
        let error = await #expect(throws: VolumeError.self) { try await fixture.run(fixture.copier()) }
        try expectRefusal(error)
        try await fixture.end()
    }

    @Test("clones, restored volumes and adopted directories keep it, or are refused with the reason")
    func volumes() async throws {
        // Its provisioner may use any namespace, as adopted directories want.
        let fixture = try Fixture.blue()
        let isKnown = try library.get().knowsCharmaps
        let volume = try await fixture.provisioner.create(fixture.spec("v1"), as: fixture.credentials)
        let data = fixture.relative(volume.dataPath)
        try await fixture.asAdmin { mount in
            try mount.setAttribute("ceph.dir.casesensitive", of: data, to: "0")
            if isKnown {
                try mount.createFile("\(data)/ReadMe.TXT", mode: 0o644).close()
                // Made beside it: what mknod makes in it has no name.
                let base = try mount.node(data.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" })
                let name = Array("pipe".utf8)
                let pipe = try base.makeSpecial(name, type: S_IFIFO, mode: 0o600, device: 0).node
                try pipe.link(Array("Pipe".utf8), in: mount.node(data))
                try base.unlink(name)
            }
        }
        try await fixture.take("s1", of: "v1")
        let sources = [ContentSource.volume(volume.id), .snapshot(try fixture.id("s1"))]
        for (index, source) in sources.enumerated() {
            let spec = try fixture.spec("c\(index)", from: source)
            guard isKnown else {
                try expectRefusal(await #expect(throws: VolumeError.self) { try await fixture.made(spec) })
                continue
            }
            let copy = fixture.relative(try await fixture.made(spec).dataPath)
            #expect(try await fixture.names(copy).sorted() == ["Pipe", "ReadMe.TXT"])
            let map = try await fixture.asAdmin { [attribute] in try $0.attribute(attribute, of: copy) }
            #expect(map.contains("false"))
        }
        #expect(try await fixture.leftovers(of: "c").isEmpty)
        let foreign = "/old-\(fixture.cluster.group)"
        try await fixture.asAdmin { mount in
            try mount.makeDirectory(foreign, mode: 0o755)
            try mount.makeDirectory("\(foreign)/d1", mode: 0o755)
            try mount.setAttribute("ceph.dir.casesensitive", of: "\(foreign)/d1", to: "0")
        }
        if isKnown {
            _ = try await fixture.adopt("\(foreign)/d1")
        } else {
            try expectRefusal(await #expect(throws: VolumeError.self) { _ = try await fixture.adopt("\(foreign)/d1") })
            #expect(try await fixture.names(foreign) == ["d1"])
        }
        try await fixture.asAdmin { try $0.removeTree(foreign) }
        try await fixture.remove("s1")
        for name in try await fixture.names("/\(fixture.cluster.group)") {
            try await fixture.provisioner.delete(fixture.id(name), as: fixture.credentials)
        }
        #expect(try await fixture.until { fixture.backend.trashBacklog == 0 })
        #expect(try await fixture.leftovers(of: "v1").isEmpty, "such a volume can be removed with every library")
        try await fixture.end()
    }

    private func expectRefusal(_ error: VolumeError?) throws {
        guard case .preconditionFailed(let text) = error else {
            Issue.record("\(error as Any)")
            return
        }
        let name = try library.get().name
        #expect(text.contains(attribute) && text.contains(name) && text.contains("Ceph 20"))
    }
}
