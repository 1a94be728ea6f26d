import Ceph
import Foundation
import Testing
import Volumes

@testable import CephVolumes

@Suite("What crashes, other replicas and dead monitors do to volume users", .usesCluster) struct CredentialCrashTests {
    private func request(_ volume: Volume, _ node: String = "n1") -> AdmissionRequest {
        AdmissionRequest(volume: volume.id, node: node, mode: .volume, readOnly: false)
    }

    @Test("an entry that a crash left without its record is nobody's: admitted over, dismissed, no bar to deletion")
    func entryWithoutRecord() async throws {
        let fixture = try Fixture()
        let issuer = fixture.issuer()
        let group = fixture.cluster.group
        for (name, isAdmitted) in [("v1", true), ("v2", false)] {
            let volume = try await fixture.provisioner.create(fixture.spec(name), as: fixture.credentials)
            try await fixture.asAdmin { mount in
                try mount.makeDirectory("/\(group)/\(name)/.attachments", mode: 0o700)
                try mount.makeDirectory("/\(group)/\(name)/.attachments/n1", mode: 0o700)
            }
            #expect(try await issuer.attachments(of: volume.id, as: fixture.credentials).isEmpty)
            if isAdmitted {
                _ = try await issuer.admit(request(volume), as: fixture.credentials, fencer: nil)
                #expect(try await issuer.attachments(of: volume.id, as: fixture.credentials).count == 1)
                try await issuer.dismiss(volume.id, node: "n1", as: fixture.credentials, fencer: nil)
                #expect(try await fixture.names("/\(group)/\(name)/.attachments").isEmpty)
            }
            try await fixture.provisioner.delete(volume.id, as: fixture.credentials)
        }
        #expect(try fixture.users().isEmpty)
        try await fixture.end()
    }

    @Test("an entry written down before its user could be made leads to the user, and goes without one")
    func entryWithoutUser() async throws {
        let fixture = try Fixture()
        let issuer = fixture.issuer()
        let volume = try await fixture.provisioner.create(fixture.spec("v1"), as: fixture.credentials)
        let user = try await issuer.admit(request(volume), as: fixture.credentials, fencer: nil)
        try fixture.dev.ceph("auth", "rm", "client.\(try #require(user).user)")
        let again = try await issuer.admit(request(volume), as: fixture.credentials, fencer: nil)
        #expect(again?.user == user?.user && again?.key != user?.key)
        try fixture.dev.ceph("auth", "rm", "client.\(try #require(user).user)")
        try await issuer.dismiss(volume.id, node: "n1", as: fixture.credentials, fencer: nil)
        try await fixture.provisioner.delete(volume.id, as: fixture.credentials)
        try await fixture.end()
    }

    @Test("volumes that were never published are deleted without the monitors; others wait for them, bounded")
    func frozenMonitor() async throws {
        let fixture = try Fixture { _, options in options.connectTimeoutSeconds = 2 }
        let issuer = fixture.issuer()
        let plain = try await fixture.provisioner.create(fixture.spec("plain"), as: fixture.credentials)
        let volume = try await fixture.provisioner.create(fixture.spec("v1"), as: fixture.credentials)
        _ = try await issuer.admit(request(volume), as: fixture.credentials, fencer: nil)
        try await fixture.dev.withFrozen("MON") {
            try await fixture.provisioner.delete(plain.id, as: fixture.credentials)
            let start = ContinuousClock.now
            let error = await #expect(throws: VolumeError.self) {
                try await issuer.admit(request(volume, "n2"), as: fixture.credentials, fencer: nil)
            }
            guard case .unavailable = error else { throw Unexpected() }
            #expect(start.duration(to: .now) < .seconds(6))
            // A request whose deadline passes is answered at once; its work goes on by itself.
            let task = Task { try await issuer.admit(request(volume, "n3"), as: fixture.credentials, fencer: nil) }
            try await Task.sleep(for: .milliseconds(300))
            let cancelled = ContinuousClock.now
            task.cancel()
            await #expect(throws: CancellationError.self) { _ = try await task.value }
            #expect(cancelled.duration(to: .now) < .milliseconds(300))
        }
        #expect(
            try await fixture.until {
                (try? await issuer.admit(request(volume, "n2"), as: fixture.credentials, fencer: nil)) != nil
            }
        )
        try await issuer.dismiss(volume.id, node: nil, as: fixture.credentials, fencer: nil)
        try await fixture.provisioner.delete(volume.id, as: fixture.credentials)
        #expect(try fixture.users().isEmpty)
        try await fixture.end()
    }

    @Test("two replicas that publish and delete the same volumes over and over leave no user without its volume")
    func races() async throws {
        let fixture = try Fixture()
        let other = fixture.another()
        let replicas = [(fixture.provisioner, fixture.issuer()), (other.provisioner, fixture.issuer(other))]
        let refused = Shared(0)
        for round in 0..<10 {
            let volume = try await fixture.provisioner.create(fixture.spec("r\(round)"), as: fixture.credentials)
            await withTaskGroup(of: Void.self) { group in
                for (number, (provisioner, issuer)) in (replicas + replicas).enumerated() {
                    group.addTask {
                        do {
                            if number % 2 == round % 2 {
                                try await provisioner.delete(volume.id, as: fixture.credentials)
                            } else {
                                let asked = request(volume, "n\(number)")
                                _ = try await issuer.admit(asked, as: fixture.credentials, fencer: nil)
                            }
                        } catch VolumeError.notFound, VolumeError.preconditionFailed, VolumeError.unavailable {
                            refused.withLock { $0 += 1 }
                        } catch {
                            Issue.record("\(error)")
                        }
                    }
                }
            }
            if try await fixture.provisioner.volume(volume.id, as: fixture.credentials) != nil {
                try await fixture.issuer().dismiss(volume.id, node: nil, as: fixture.credentials, fencer: nil)
                try await fixture.provisioner.delete(volume.id, as: fixture.credentials)
            }
            #expect(try fixture.users().isEmpty, "round \(round)")
        }
        #expect(refused.withLock { $0 } > 0)
        await other.close()
        try await fixture.end()
    }

    @Test("64 nodes at once are all admitted and all dismissed")
    func manyNodes() async throws {
        let fixture = try Fixture()
        let issuer = fixture.issuer()
        let volume = try await fixture.provisioner.create(fixture.spec("v1"), as: fixture.credentials)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<64 {
                group.addTask {
                    _ = try await issuer.admit(request(volume, "n\(number)"), as: fixture.credentials, fencer: nil)
                }
            }
            try await group.waitForAll()
        }
        #expect(try await issuer.attachments(of: volume.id, as: fixture.credentials).count == 64)
        try await issuer.dismiss(volume.id, node: nil, as: fixture.credentials, fencer: nil)
        try await fixture.provisioner.delete(volume.id, as: fixture.credentials)
        #expect(try fixture.users().isEmpty)
        try await fixture.end()
    }
}
