import Ceph
import Cryptography
import Foundation
import Testing
import Volumes

@testable import CephVolumes

/// A user who may write in one group, and a volume in another: whatever the user plants, the provisioner, which may do more,
/// does nothing to the volume.
@Suite("What others plant in a group is not followed and not believed", .usesCluster) struct BorderTests {
    private typealias Bench = BorderBench

    @Test(
        "a symbolic link in a volume's, a group's or a data directory's place is refused by every operation, and logged"
    )
    func links() async throws {
        let bench = try await Bench()
        for (level, plant) in Bench.links {
            let bait = try await bench.bait()
            try await plant(bench, bait)
            let (before, users) = (try await bench.victimState(), try bench.victimUsers())
            for (name, operation) in Bench.operations {
                let error = await bench.fixture.failure { try await operation(bench, bait) }
                #expect(try await bench.victimState() == before, "\(name) with a link as \(level) touched the victim")
                guard let error else { continue }
                guard case .tampered(let message) = error else {
                    if case .notFound = error { continue }
                    Issue.record("\(name) with a link as \(level): \(error)")
                    continue
                }
                #expect(message.contains(bait.id.volume) && message.contains("symbolic link"), "\(name): \(message)")
                #expect(bench.fixture.log.text.contains(message), "\(name) with a link as \(level) is not logged")
            }
            #expect(try bench.victimUsers() == users, "with a link as \(level)")
            try await bench.fixture.asAdmin { try? $0.unlink("/\(bench.group)/\(bait.id.volume)") }
        }
        #expect(bench.refusals("symbolic link") >= 10)
        try await bench.end()
    }

    @Test("a record of another group, another name or another place is refused by every operation, and logged")
    func records() async throws {
        let bench = try await Bench()
        let own = bench.uuid
        let record = try await bench.fixture.asAdmin { [bench] in
            try $0.attribute(VolumeLayout.recordAttribute, of: "/\(bench.other)/victim")
        }
        let bait = try await bench.bait()
        let real = try await bench.fixture.asAdmin { [bench] in
            try $0.attribute(VolumeLayout.recordAttribute, of: "/\(bench.group)/\(bait.id.volume)")
        }
        let name = bait.id.volume
        let forgeries = [
            record, real.replacing("\"\(bench.group)\"", with: "\"\(bench.other)\""),
            real.replacing("\"name\":\"\(name)\"", with: "\"name\":\"victim\""),
            real.replacing(bench.fixture.uuid(bait), with: ".."),
            real.replacing(bench.fixture.uuid(bait), with: "../../\(bench.other)/victim/\(own)"),
            real.replacing(bench.fixture.uuid(bait), with: ".snap"),
        ]
        let (before, users) = (try await bench.victimState(), try bench.victimUsers())
        for forged in forgeries {
            #expect(forged != real)
            try await bench.intrude { try $0.setAttribute(VolumeLayout.recordAttribute, of: "/\(name)", to: forged) }
            for (operation, run) in Bench.operations {
                let error = await bench.fixture.failure { try await run(bench, bait) }
                #expect(try await bench.victimState() == before, "\(operation) with the record \(forged)")
                guard let error else { continue }
                guard case .tampered = error else {
                    Issue.record("\(operation) with the record \(forged): \(error)")
                    continue
                }
            }
            #expect(try bench.victimUsers() == users, "with the record \(forged)")
            let listed = try await bench.fixture.listed().first { $0.volume.id == bait.id }
            #expect(listed?.condition.isAbnormal == true, "a list shows it as if all were well")
        }
        #expect(bench.refusals("does not match its place") >= 6)
        try await bench.intrude { try $0.setAttribute(VolumeLayout.recordAttribute, of: "/\(name)", to: real) }
        try await bench.fixture.provisioner.delete(bait.id, as: bench.fixture.credentials)
        try await bench.end()
    }

    @Test("a record that claims to show a snapshot of another group opens nothing")
    func shallowSource() async throws {
        let bench = try await Bench()
        let fixture = bench.fixture
        let snapshot = try fixture.id("victim-snap", group: bench.other)
        let source = bench.victim.id
        try await fixture.snapshots().takeSnapshot(snapshot, name: "victim-snap", of: source, as: fixture.credentials)
        let bait = try await bench.bait()
        try await bench.intrude { mount in
            let path = "/\(bait.id.volume)"
            let text = try mount.attribute(VolumeLayout.recordAttribute, of: path)
            let forged = text.replacing("{", with: "{\"backed\":true,\"source\":\"snapshot \(snapshot)\",")
            try mount.setAttribute(VolumeLayout.recordAttribute, of: path, to: forged)
        }
        let request = AdmissionRequest(volume: bait.id, node: "n", mode: .volume, readOnly: true)
        let error = await fixture.failure {
            _ = try await fixture.issuer().admit(request, as: fixture.credentials, fencer: nil)
        }
        guard case .tampered = error else { throw Unexpected() }
        #expect(try fixture.users().isEmpty)
        try await fixture.snapshots().deleteSnapshot(snapshot, as: fixture.credentials)
        try await bench.end()
    }

    private struct Unexpected: Error {}
}
