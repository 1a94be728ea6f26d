import Ceph
import Testing
import Volumes

@testable import CephVolumes

@Suite("The trash", .usesCluster) struct TrashTests {
    /// As the command does it: another process, which does not keep house.
    private func withTrash<Value>(of fixture: Fixture, _ body: (CephTrash) async throws -> Value) async throws -> Value
    {
        let other = fixture.another("cli-\(fixture.cluster.group)") { $0.runsUpkeep = false }
        do {
            let value = try await body(other.trash)
            await other.close()
            return value
        } catch {
            await other.close()
            throw error
        }
    }

    private func ours(_ fixture: Fixture) async throws -> [TrashedVolume] {
        try await withTrash(of: fixture) { try await $0.list(fixture.cluster, as: fixture.credentials) }
            .filter { $0.id.group == fixture.cluster.group }
    }

    @Test("a deleted volume is kept, listed with its size, and restored whole; not over another of its name")
    func restore() async throws {
        let fixture = try Fixture { cluster, _ in cluster.trashRetention = .seconds(3600) }
        let spec = try fixture.spec("v1")
        let volume = try await fixture.provisioner.create(spec, as: fixture.credentials)
        let path = fixture.relative(volume.dataPath)
        try await fixture.asAdmin { mount in
            let file = try mount.createFile("\(path)/f", mode: 0o644)
            try file.write("kept")
            try file.close()
        }
        try await fixture.provisioner.delete(spec.id, as: fixture.credentials)
        #expect(try await fixture.provisioner.volume(spec.id, as: fixture.credentials) == nil)
        #expect(try await fixture.listed().isEmpty)
        #expect(try await fixture.until { try await ours(fixture).map(\.size) == [4] })
        // The name is free for another, which then is in the way.
        let second = try await fixture.provisioner.create(spec, as: fixture.credentials)
        #expect(second.dataPath != volume.dataPath)
        let taken = await fixture.failure {
            try await withTrash(of: fixture) { try await $0.restore(spec.id, deletedAt: nil, as: fixture.credentials) }
        }
        guard case .alreadyExists = taken else { throw Unexpected() }
        try await fixture.provisioner.delete(spec.id, as: fixture.credentials)
        let both = try await ours(fixture)
        #expect(both.count == 2 && both.allSatisfy { $0.id == spec.id })
        let first = try #require(both.first).deletedAt
        try await withTrash(of: fixture) { try await $0.restore(spec.id, deletedAt: first, as: fixture.credentials) }
        #expect(try await fixture.provisioner.create(spec, as: fixture.credentials) == volume)
        let text = try await fixture.asAdmin { try $0.openFile("\(path)/f").read(upTo: 10) }
        #expect(text == "kept")
        try await withTrash(of: fixture) { try await $0.purge(spec.id, deletedAt: nil, as: fixture.credentials) }
        #expect(try await ours(fixture).isEmpty)
        let gone = await fixture.failure {
            try await withTrash(of: fixture) { try await $0.restore(spec.id, deletedAt: nil, as: fixture.credentials) }
        }
        guard case .notFound = gone else { throw Unexpected() }
        try await fixture.end()
    }

    @Test("what has been kept for long enough goes by itself, after a restart too")
    func retention() async throws {
        let fixture = try Fixture { cluster, _ in cluster.trashRetention = .seconds(4) }
        for name in ["early-\(fixture.cluster.group)", "late-\(fixture.cluster.group)"] {
            let spec = try fixture.spec(name)
            try await fixture.provisioner.create(spec, as: fixture.credentials)
            try await fixture.provisioner.delete(spec.id, as: fixture.credentials)
            if name.hasPrefix("early") { try await Task.sleep(for: .seconds(2)) }
        }
        let group = fixture.cluster.group
        #expect(try await fixture.leftovers(of: group).count == 2)
        #expect(try await fixture.until { try await fixture.leftovers(of: group).count == 1 })
        #expect(try await fixture.leftovers(of: group).allSatisfy { $0.contains("late") })
        // The next process goes on with it at its first request.
        await fixture.backend.close()
        #expect(try await fixture.leftovers(of: group).count == 1)
        let next = fixture.another()
        _ = try await next.provisioner.volume(fixture.id("any"), as: fixture.credentials)
        #expect(try await fixture.until { try await fixture.leftovers(of: group).isEmpty })
        await next.close()
        try await fixture.end()
    }

    @Test("a volume whose removal has begun is neither listed nor restored")
    func begun() async throws {
        let fixture = try Fixture { cluster, _ in cluster.trashRetention = .seconds(3600) }
        let spec = try fixture.spec("half-\(fixture.cluster.group)")
        try await fixture.provisioner.create(spec, as: fixture.credentials)
        try await fixture.provisioner.delete(spec.id, as: fixture.credentials)
        let name = try #require(try await fixture.leftovers(of: spec.id.volume).first)
        try await fixture.asAdmin { try $0.setAttribute("user.csi.purging", of: "/_trash/\(name)", to: "1") }
        #expect(try await ours(fixture).isEmpty)
        let request = try fixture.backend.store.request(spec.id, fixture.credentials)
        let error = await fixture.failure {
            try await fixture.backend.store.perform("restoring", request) { try $0.restore(name) }
        }
        guard case .preconditionFailed = error else { throw Unexpected() }
        #expect(try await fixture.names("/\(fixture.cluster.group)").isEmpty)
        try await fixture.asAdmin { try $0.removeTree("/_trash/\(name)") }
        try await fixture.end()
    }

    @Test(
        "a deleted volume that somebody else's snapshot keeps is listed with it, warned of, and goes when it has gone"
    )
    func held() async throws {
        let fixture = try Fixture()
        let spec = try fixture.spec("v1-\(fixture.cluster.group)")
        let volume = try await fixture.provisioner.create(spec, as: fixture.credentials)
        let data = fixture.relative(volume.dataPath)
        try await fixture.asAdmin { mount in
            try mount.makeSnapshot(of: String(data.dropLast(37)), name: "scheduled")
            try mount.flushJournal()
        }
        try await fixture.provisioner.delete(spec.id, as: fixture.credentials)
        #expect(try await fixture.until { try await ours(fixture).map(\.heldBy) == [["scheduled"]] })
        #expect(try await fixture.until { fixture.log.text.contains("keeps its space") })
        #expect(fixture.log.text.contains("(scheduled)"))
        let again = await fixture.failure {
            try await withTrash(of: fixture) { try await $0.purge(spec.id, deletedAt: nil, as: fixture.credentials) }
        }
        guard case .preconditionFailed(let text) = again else { throw Unexpected() }
        #expect(text.contains("snapshots"))
        let name = try #require(try await ours(fixture).first).name
        try await fixture.asAdmin { try $0.removeSnapshot(of: "/_trash/\(name)", name: "scheduled") }
        #expect(try await ours(fixture).isEmpty)
        await fixture.backend.store.purger.scan(
            try fixture.backend.store.request(spec.id, fixture.credentials).settings
        )
        #expect(try await fixture.until { try await !fixture.names("/_trash").contains(name) })
        try await fixture.end()
    }

    @Test("a symbolic link in the trash is removed and not followed, and holds up nothing", arguments: [0, 3600])
    func link(retention: Int) async throws {
        let fixture = try Fixture { cluster, _ in cluster.trashRetention = .seconds(retention) }
        let victim = try await fixture.provisioner.create(fixture.spec("victim"), as: fixture.credentials)
        try await fixture.write("kept", to: victim, "file")
        let name = "20200101T000000.000000Z.link-\(fixture.cluster.group)"
        let target = fixture.relative(victim.dataPath)
        try await fixture.asAdmin { mount in
            _ = try mount.directory("/_trash").makeSymlink(Array(name.utf8), to: Array("..\(target)".utf8))
        }
        await fixture.backend.store.purger.scan(
            try fixture.backend.store.request(victim.id, fixture.credentials).settings
        )
        #expect(try await fixture.until { try await !fixture.names("/_trash").contains(name) })
        #expect(try await fixture.read("\(target)/file") == "kept")
        #expect(!fixture.log.text.contains("failed"))
        try await fixture.provisioner.delete(victim.id, as: fixture.credentials)
        try await fixture.end()
    }

    @Test("names in the trash are read strictly")
    func names() {
        #expect(VolumeLayout.trashed("20261122T233000.123456Z.a.b")?.volume == "a.b")
        #expect(VolumeLayout.trashed("19700101T000001.000002Z.v")?.deletedAt == 1_000_002)
        for name in ["", "v1", "20261122T233000.123456Z", "20261322T233000.123456Z.v", "20261122T233000,123456Z.v"] {
            #expect(VolumeLayout.trashed(name) == nil, "\(name)")
        }
    }
}
