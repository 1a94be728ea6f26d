import Ceph
import Foundation
import Testing
import Volumes

@testable import CephVolumes

@Suite("Many requests at once", .usesCluster) struct ConcurrencyTests {
    @Test("64 requests for one name by two replicas make one volume")
    func sameName() async throws {
        let fixture = try Fixture()
        let other = fixture.another()
        let spec = try fixture.spec("same")
        let volumes = try await withThrowingTaskGroup(of: Volume.self) { group in
            for number in 0..<64 {
                let provisioner = number % 2 == 0 ? fixture.provisioner : other.provisioner
                group.addTask { try await provisioner.create(spec, as: fixture.credentials) }
            }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(volumes.count == 1)
        #expect(try await fixture.names("/\(fixture.cluster.group)") == ["same"])
        #expect(try await fixture.leftovers(of: "same").isEmpty)
        await other.close()
        try await fixture.end()
    }

    @Test("64 requests for names of their own all succeed, and so do their deletes")
    func differentNames() async throws {
        let fixture = try Fixture()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<64 {
                let spec = try fixture.spec("v\(number)")
                group.addTask { _ = try await fixture.provisioner.create(spec, as: fixture.credentials) }
            }
            try await group.waitForAll()
        }
        #expect(try await fixture.names("/\(fixture.cluster.group)").count == 64)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<64 {
                let id = try fixture.id("v\(number)")
                group.addTask { try await fixture.provisioner.delete(id, as: fixture.credentials) }
            }
            try await group.waitForAll()
        }
        #expect(try await fixture.names("/\(fixture.cluster.group)").isEmpty)
        try await fixture.end()
    }

    @Test(
        "creates and deletes of few names, mixed, by two replicas: no error but a race told as such, nothing half-made"
    )
    func mixed() async throws {
        let fixture = try Fixture()
        let other = fixture.another()
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<96 {
                let provisioner = number % 2 == 0 ? fixture.provisioner : other.provisioner
                group.addTask {
                    do {
                        let spec = try fixture.spec("mixed\(number % 5)")
                        if number % 3 == 2 {
                            try await provisioner.delete(spec.id, as: fixture.credentials)
                        } else {
                            try await provisioner.create(spec, as: fixture.credentials)
                        }
                    } catch VolumeError.unavailable {
                        // One replica deleted what the other was looking at.
                    } catch {
                        Issue.record("\(error)")
                    }
                }
            }
        }
        let names = try await fixture.names("/\(fixture.cluster.group)")
        for name in names {
            let volume = try await fixture.provisioner.volume(fixture.id(name), as: fixture.credentials)
            #expect(volume?.capacity?.bytes == 1 << 30)
        }
        #expect(Set(names).count == names.count)
        _ = try await fixture.until { fixture.backend.trashBacklog + other.trashBacklog == 0 }
        let staged = try await fixture.names("/_staging").filter { $0.hasPrefix("mixed") }
        #expect(staged.isEmpty)
        await other.close()
        try await fixture.end()
    }

    @Test("with the MDS frozen requests end at their deadlines, and afterwards the same ones find one volume")
    func frozen() async throws {
        let fixture = try Fixture { _, options in
            options.connections.patience = .seconds(1)
            options.connections.threads = 2
        }
        let warm = try await fixture.provisioner.create(fixture.spec("warm"), as: fixture.credentials)
        let spec = try fixture.spec("frozen")
        try await fixture.dev.withFrozenMDS {
            let first = Task { try await fixture.provisioner.create(spec, as: fixture.credentials) }
            let removal = Task { try await fixture.provisioner.delete(warm.id, as: fixture.credentials) }
            // Both threads are stuck, each in its call, for the time that counts as a hang.
            let isImpaired = try await fixture.until { fixture.provisioner.impairment != nil }
            let hang = fixture.provisioner.impairment
            #expect(isImpaired && (hang?.contains("creating") == true || hang?.contains("deleting") == true))
            let start = ContinuousClock.now
            first.cancel()
            removal.cancel()
            await #expect(throws: CancellationError.self) { _ = try await first.value }
            await #expect(throws: CancellationError.self) { try await removal.value }
            #expect(start.duration(to: .now) < .milliseconds(300))
            // A retry learns what the volume is stuck at.
            let error = await #expect(throws: VolumeError.self) {
                _ = try await fixture.provisioner.create(spec, as: fixture.credentials)
            }
            guard case .unavailable(let text) = error else { throw Unexpected() }
            #expect(text.contains("creating") && text.contains(" s,"))
        }
        // An MDS that has just been let go may take longer than a request waits for the one before.
        var made: Volume?
        _ = try await fixture.until {
            do {
                made = try await fixture.provisioner.create(spec, as: fixture.credentials)
            } catch VolumeError.unavailable {
                return false
            }
            return true
        }
        let volume = try #require(made)
        #expect(try await fixture.provisioner.create(spec, as: fixture.credentials) == volume)
        try await fixture.provisioner.delete(warm.id, as: fixture.credentials)
        #expect(try await fixture.names("/\(fixture.cluster.group)") == ["frozen"])
        #expect(fixture.provisioner.impairment == nil)
        #expect(try await fixture.until { try await fixture.leftovers(of: "warm").isEmpty })
        let staged = try await fixture.names("/_staging").filter { $0.hasPrefix("frozen") }
        #expect(staged.isEmpty)
        try await fixture.end()
    }

    @Test("with the mgr stopped volumes are made and deleted as ever")
    func withoutMgr() async throws {
        let fixture = try Fixture()
        try await fixture.dev.withFrozen("MGR") {
            try await fixture.provisioner.create(fixture.spec("v1"), as: fixture.credentials)
            try await fixture.provisioner.delete(fixture.id("v1"), as: fixture.credentials)
            #expect(try await fixture.provisioner.volume(fixture.id("v1"), as: fixture.credentials) == nil)
        }
        try await fixture.end()
    }
}
