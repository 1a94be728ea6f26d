import Ceph
import Foundation
import SampleTrees
import Testing
import Volumes

@testable import CephVolumes

extension Fixture {
    /// A request for a volume with content.
    func spec(_ volume: String, from source: ContentSource, bytes: Int64 = 1 << 30) throws -> VolumeSpec {
        var spec = try spec(volume, bytes: bytes)
        spec.source = source
        return spec
    }

    /// Asks again and again, as a CO does, until the copy is done.
    @discardableResult
    func made(_ spec: VolumeSpec, by provisioner: CephVolumeProvisioner? = nil) async throws -> Volume {
        for _ in 0..<600 {
            do {
                return try await (provisioner ?? self.provisioner).create(spec, as: credentials)
            } catch VolumeError.inProgress {
                try await Task.sleep(for: .milliseconds(100))
            }
        }
        throw Unexpected()
    }

    /// Makes a volume with a tree of many kinds of files.
    @discardableResult
    func sample(_ name: String, files: Int = 200) async throws -> Volume {
        let volume = try await provisioner.create(spec(name, bytes: 20 << 30), as: credentials)
        let tree = SampleTree(files: files, sparseBytes: 24 << 20)
        try await sampled(tree, "\(relative(volume.dataPath))/tree")
        return volume
    }

    func differences(_ left: String, _ right: String) async throws -> [String] {
        try await asAdmin { try TreeComparison($0, left, right).differences }
    }

    /// How many snapshots the volume has.
    func snapshotNames(_ volume: String) async throws -> [String] {
        try await names("/\(cluster.group)/\(volume)/.snap")
    }
}

@Suite("Volumes with content", .usesCluster) struct RestoreTests {
    @Test("a volume restored from a snapshot holds what the snapshot holds, even after its source was deleted")
    func restored() async throws {
        let fixture = try Fixture()
        let volume = try await fixture.sample("v1")
        try await fixture.take("s1", of: "v1")
        let source = fixture.relative(volume.dataPath)
        let spec = try fixture.spec("r1", from: .snapshot(fixture.id("s1")), bytes: 20 << 30)
        let first = try await fixture.made(spec)
        #expect(first.source == spec.source && first.capacity?.bytes == 20 << 30)
        #expect(try await fixture.differences("\(source)/tree", "\(fixture.relative(first.dataPath))/tree").isEmpty)
        #expect(try await fixture.provisioner.create(spec, as: fixture.credentials) == first)
        try await fixture.provisioner.delete(volume.id, as: fixture.credentials)
        let second = try await fixture.made(fixture.spec("r2", from: .snapshot(fixture.id("s1")), bytes: 20 << 30))
        let (one, other) = (fixture.relative(first.dataPath), fixture.relative(second.dataPath))
        #expect(try await fixture.differences(one, other).isEmpty)
        let layout = try await fixture.asAdmin { mount in
            try mount.attribute("ceph.dir.layout.pool_namespace", of: other)
        }
        #expect(layout == "cephfs-csi-\(fixture.uuid(second))")
        try await fixture.remove("s1")
        try await fixture.end(volumes: "r1", "r2")
    }

    @Test("a clone holds what its source held at one moment, and no snapshot of it stays")
    func cloned() async throws {
        let fixture = try Fixture()
        let volume = try await fixture.sample("v1")
        let path = fixture.relative(volume.dataPath)
        // A pair of files that is only ever changed together, the second after the first.
        let writer = Task {
            var number = 0
            while !Task.isCancelled {
                number += 1
                for name in ["a", "b"] { try await fixture.write("\(number)", to: volume, name) }
            }
        }
        try await Task.sleep(for: .milliseconds(300))
        let clone = try await fixture.made(fixture.spec("c1", from: .volume(volume.id), bytes: 20 << 30))
        writer.cancel()
        _ = await writer.result
        let copy = fixture.relative(clone.dataPath)
        let a = Int(try await fixture.read("\(copy)/a")) ?? -9
        let b = Int(try await fixture.read("\(copy)/b")) ?? -9
        #expect(a - b == 0 || a - b == 1, "a was \(a) and b was \(b)")
        #expect(try await fixture.differences("\(path)/tree", "\(copy)/tree").isEmpty)
        #expect(try await fixture.snapshotNames("v1").isEmpty)
        try await fixture.end(volumes: "v1", "c1")
    }

    @Test("a source that is missing, too large or elsewhere is refused, and leaves nothing")
    func refused() async throws {
        let fixture = try Fixture()
        let volume = try await fixture.provisioner.create(fixture.spec("v1", bytes: 8 << 20), as: fixture.credentials)
        func refusal(_ spec: VolumeSpec) async throws -> VolumeError? {
            await #expect(throws: VolumeError.self) {
                try await fixture.provisioner.create(spec, as: fixture.credentials)
            }
        }
        for source in [ContentSource.snapshot(try fixture.id("s9")), .volume(try fixture.id("v9"))] {
            guard case .notFound = try await refusal(fixture.spec("x1", from: source)) else { throw Unexpected() }
        }
        let small = try await refusal(fixture.spec("x1", from: .volume(volume.id), bytes: 4 << 20))
        guard case .outOfRange = small else { throw Unexpected() }
        let elsewhere = try #require(VolumeID("c1:otherfs:g:v"))
        guard case .invalid = try await refusal(fixture.spec("x1", from: .volume(elsewhere))) else {
            throw Unexpected()
        }
        #expect(try await fixture.leftovers(of: "x1").isEmpty)
        try await fixture.end(volumes: "v1")
    }

    @Test("a request that wants another source, or none, than the volume of its name has is refused")
    func conflicts() async throws {
        let fixture = try Fixture()
        let volume = try await fixture.provisioner.create(fixture.spec("v1"), as: fixture.credentials)
        try await fixture.take("s1", of: "v1")
        let spec = try fixture.spec("r1", from: .snapshot(fixture.id("s1")))
        try await fixture.made(spec)
        for other in [try fixture.spec("r1", from: .volume(volume.id)), try fixture.spec("r1")] {
            let error = await #expect(throws: VolumeError.self) {
                try await fixture.provisioner.create(other, as: fixture.credentials)
            }
            guard case .alreadyExists = error else { throw Unexpected() }
        }
        try await fixture.remove("s1")
        try await fixture.end(volumes: "v1", "r1")
    }

    @Test("without the OSD cap for the new volume's files the message names it, and nothing is left")
    func missingCap() async throws {
        let fixture = try Fixture()
        try await fixture.provisioner.create(fixture.spec("v1"), as: fixture.credentials)
        try await fixture.take("s1", of: "v1")
        var spec = try fixture.spec("r1", from: .snapshot(fixture.id("s1")))
        spec.properties.isolation = .path
        let error = await #expect(throws: VolumeError.self) { try await fixture.made(spec) }
        guard case .permissionDenied(let missing) = error else { throw Unexpected() }
        #expect(missing.contains("allow rw tag cephfs"))
        #expect(try await fixture.leftovers(of: "~r1~").filter { $0.hasPrefix("copy~") }.isEmpty)
        try await fixture.remove("s1")
        try await fixture.end(volumes: "v1")
    }
}
