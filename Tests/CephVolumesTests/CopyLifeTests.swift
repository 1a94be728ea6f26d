import Ceph
import Foundation
import SampleTrees
import Testing
import Volumes

@testable import CephVolumes

@Suite("A copy's life", .usesCluster) struct CopyLifeTests {
    private func impatient(_ change: @escaping (inout CephVolumesOptions) -> Void = { _ in }) throws
        -> Fixture
    {
        try Fixture { _, options in
            options.copyWait = .milliseconds(1)
            options.copyWorkers = 1
            change(&options)
        }
    }

    @Test("a request that finds the copy under way is told how far it is, a removal of its snapshot what uses it")
    func progress() async throws {
        let fixture = try impatient()
        try await fixture.sample("v1", files: 200)
        try await fixture.take("s1", of: "v1")
        let spec = try fixture.spec("r1", from: .snapshot(fixture.id("s1")), bytes: 20 << 30)
        let error = await #expect(throws: VolumeError.self) {
            try await fixture.provisioner.create(spec, as: fixture.credentials)
        }
        guard case .inProgress(let step) = error else { throw Unexpected() }
        #expect(step.hasPrefix("copying: "))
        let isUnderWay = try await fixture.until {
            do {
                _ = try await fixture.provisioner.create(spec, as: fixture.credentials)
                return true
            } catch VolumeError.inProgress(let step) {
                return step.contains("MiB/s")
            }
        }
        #expect(isUnderWay)
        let removal = await #expect(throws: VolumeError.self) { try await fixture.remove("s1") }
        guard case .preconditionFailed(let text) = removal else { throw Unexpected() }
        #expect(text.contains(":r1"))
        var other = spec
        other.source = .volume(try fixture.id("v1"))
        let conflict = await #expect(throws: VolumeError.self) {
            try await fixture.provisioner.create(other, as: fixture.credentials)
        }
        guard case .alreadyExists = conflict else { throw Unexpected() }
        try await fixture.made(spec)
        try await fixture.remove("s1")
        try await fixture.end(volumes: "v1", "r1")
    }

    @Test("only so many copies of a cluster run at the same time, the others wait for their turn and end as well")
    func turns() async throws {
        let fixture = try impatient { $0.copiesAtOnce = 1 }
        try await fixture.sample("v1", files: 100)
        try await fixture.take("s1", of: "v1")
        let specs = try ["r1", "r2", "r3"].map {
            try fixture.spec($0, from: .snapshot(fixture.id("s1")), bytes: 20 << 30)
        }
        for spec in specs {
            await #expect(throws: VolumeError.self) {
                try await fixture.provisioner.create(spec, as: fixture.credentials)
            }
        }
        let last = await #expect(throws: VolumeError.self) {
            try await fixture.provisioner.create(specs[2], as: fixture.credentials)
        }
        guard case .inProgress(let step) = last else { throw Unexpected() }
        #expect(step.contains("waiting for other copies"))
        for spec in specs { try await fixture.made(spec) }
        try await fixture.remove("s1")
        try await fixture.end(volumes: "v1", "r1", "r2", "r3")
    }

    @Test("a copy that nobody asks for any more is given up, with its snapshot and all that it made")
    func abandoned() async throws {
        let fixture = try impatient { options in
            options.copyPatience = .milliseconds(50)
            options.copyHeartbeat = .milliseconds(50)
        }
        let volume = try await fixture.sample("v1", files: 500)
        let spec = try fixture.spec("c1", from: .volume(volume.id), bytes: 20 << 30)
        await #expect(throws: VolumeError.self) {
            try await fixture.provisioner.create(spec, as: fixture.credentials)
        }
        #expect(try await fixture.until { fixture.backend.copies.running(spec.id) == nil })
        #expect(fixture.log.text.contains("its copy is abandoned"))
        #expect(try await fixture.snapshotNames("v1").isEmpty)
        #expect(try await fixture.provisioner.volume(spec.id, as: fixture.credentials) == nil)
        try await fixture.end(volumes: "v1", "c1")
    }

    @Test("deleting a volume that is being copied stops the copy and removes what it made")
    func deleted() async throws {
        let fixture = try impatient()
        let volume = try await fixture.sample("v1", files: 500)
        let spec = try fixture.spec("c1", from: .volume(volume.id), bytes: 20 << 30)
        await #expect(throws: VolumeError.self) {
            try await fixture.provisioner.create(spec, as: fixture.credentials)
        }
        try await fixture.provisioner.delete(spec.id, as: fixture.credentials)
        #expect(fixture.backend.copies.running(spec.id) == nil)
        #expect(try await fixture.snapshotNames("v1").isEmpty)
        try await fixture.end(volumes: "v1", "c1")
    }

    @Test("the source of a clone can be deleted during the copy: what is needed of it stays until the copy is done")
    func sourceDeleted() async throws {
        let fixture = try impatient()
        let volume = try await fixture.sample("v1", files: 200)
        let path = fixture.relative(volume.dataPath)
        try await fixture.take("s1", of: "v1")
        let spec = try fixture.spec("c1", from: .volume(volume.id), bytes: 20 << 30)
        await #expect(throws: VolumeError.self) {
            try await fixture.provisioner.create(spec, as: fixture.credentials)
        }
        try await fixture.provisioner.delete(volume.id, as: fixture.credentials)
        let clone = try await fixture.made(spec)
        let kept = "/_retained/\(fixture.cluster.group).v1.\(fixture.uuid(volume))/.snap"
        #expect(try await fixture.names(kept) == ["s1"])
        let copy = fixture.relative(clone.dataPath)
        let uuid = path.split(separator: "/").last ?? ""
        #expect(try await fixture.differences("\(kept)/s1/\(uuid)", copy).isEmpty)
        try await fixture.remove("s1")
        try await fixture.end(volumes: "c1")
    }
}
