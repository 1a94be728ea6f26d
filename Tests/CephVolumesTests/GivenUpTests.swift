import Ceph
import Testing
import Volumes

@testable import CephVolumes

/// What a request whose caller has given up leaves behind is seen to soon, by nobody's further request. A round of
/// housekeeping, ten minutes later, would find it as well: none of these tests takes as long.
@Suite("Given-up requests", .usesCluster) struct GivenUpTests {
    /// Gives up `request` while the MDS does not answer; the work itself goes on when it does.
    private func giveUp(
        _ fixture: Fixture,
        _ request: @escaping @Sendable () async throws -> Void
    ) async throws {
        try await fixture.dev.withFrozenMDS {
            let call = Task { try await request() }
            try await Task.sleep(for: .milliseconds(500))
            call.cancel()
            await #expect(throws: CancellationError.self) { try await call.value }
        }
    }

    @Test("a deletion", arguments: [false, true])
    func deletion(hasSnapshot: Bool) async throws {
        let fixture = try Fixture()
        let spec = try fixture.spec("v-\(fixture.cluster.group)")
        let volume = try await fixture.provisioner.create(spec, as: fixture.credentials)
        try await fixture.write("text", to: volume, "file")
        if hasSnapshot { try await fixture.take("s1", of: spec.id.volume) }
        try await giveUp(fixture) { try await fixture.provisioner.delete(spec.id, as: fixture.credentials) }
        #expect(try await fixture.until { try await fixture.names("/\(fixture.cluster.group)").isEmpty })
        if hasSnapshot {
            // What the snapshot does not need goes.
            #expect(
                try await fixture.until {
                    let retained = try await fixture.names("/_retained").filter { $0.contains(spec.id.volume) }
                    guard let place = retained.first else { return false }
                    return try await fixture.names("/_retained/\(place)/\(fixture.uuid(volume))").isEmpty
                }
            )
            try await giveUp(fixture) { try await fixture.remove("s1") }
            #expect(
                try await fixture.until {
                    try await !fixture.names("/_retained").contains { $0.contains(spec.id.volume) }
                }
            )
        }
        #expect(try await fixture.until(.seconds(40)) { try await fixture.leftovers(of: spec.id.volume).isEmpty })
        try await fixture.end()
    }

    @Test("a creation leaves one volume and nothing in staging")
    func creation() async throws {
        let fixture = try Fixture()
        let spec = try fixture.spec("v-\(fixture.cluster.group)")
        try await fixture.provisioner.create(fixture.spec("warm"), as: fixture.credentials)
        try await giveUp(fixture) { try await fixture.provisioner.create(spec, as: fixture.credentials) }
        #expect(
            try await fixture.until {
                try await fixture.names("/\(fixture.cluster.group)").contains(spec.id.volume)
            }
        )
        #expect(try await fixture.until { try await fixture.leftovers(of: spec.id.volume).isEmpty })
        try await fixture.end()
    }

    @Test("a deletion where the trash is kept is kept")
    func kept() async throws {
        let fixture = try Fixture { cluster, _ in cluster.trashRetention = .seconds(3600) }
        let spec = try fixture.spec("v-\(fixture.cluster.group)")
        try await fixture.provisioner.create(spec, as: fixture.credentials)
        try await giveUp(fixture) { try await fixture.provisioner.delete(spec.id, as: fixture.credentials) }
        #expect(try await fixture.until { try await fixture.leftovers(of: spec.id.volume).count == 1 })
        try await Task.sleep(for: .seconds(3))
        #expect(try await fixture.leftovers(of: spec.id.volume).count == 1)
        let other = fixture.another { $0.runsUpkeep = false }
        try await other.trash.purge(spec.id, deletedAt: nil, as: fixture.credentials)
        await other.close()
        try await fixture.end()
    }

    @Test("failed housekeeping is tried again after seconds", arguments: ["/_trash", "/_staging", "/_retained"])
    func retry(place: String) async throws {
        let fixture = try Fixture()
        let own = "r-\(fixture.cluster.group)"
        let spec = try fixture.spec(own)
        try await fixture.provisioner.create(spec, as: fixture.credentials)
        // What another replica deleted, and what this one's former life left.
        let store = fixture.backend.store
        let settings = try store.request(spec.id, fixture.credentials).settings
        let staged = VolumeLayout(root: "/", group: "", volume: own)
            .stagingName(replica: store.sweeper.replica, attempt: "1")
        try await fixture.asAdmin { mount in
            try mount.makeDirectory("/_trash/20200101T000000.000000Z.\(own)", mode: 0o755)
            try mount.makeDirectory("/_staging/\(staged)", mode: 0o755)
            // Nobody can list a file.
            try mount.rename(place, to: "\(place)-aside")
            let file = try mount.createFile(place, mode: 0o644, replacing: false)
            try file.close()
        }
        await store.upkeep.runRound(settings)
        #expect(fixture.log.text.contains("failed, and will be retried later"))
        try await fixture.asAdmin { mount in
            try mount.unlink(place)
            try mount.rename("\(place)-aside", to: place)
        }
        #expect(try await fixture.until { try await fixture.leftovers(of: own).isEmpty })
        #expect(try await fixture.until { store.background.hasNoFailures })
        try await fixture.end(volumes: own)
    }
}
