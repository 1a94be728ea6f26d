import Ceph
import Testing
import Volumes

@testable import CephVolumes

@Suite("Volumes that show a snapshot", .usesCluster) struct ShallowVolumeTests {
    /// As long as names can be: Ceph cuts what it lists of such a one in the directories below.
    private static let snapshot = "s1" + String(repeating: "x", count: 70)

    private func spec(_ fixture: Fixture, _ name: String, of snapshot: String, bytes: Int64 = 0) throws -> VolumeSpec {
        VolumeSpec(
            id: try fixture.id(name),
            requestName: name,
            capacity: try CapacityRange(required: bytes, limit: 0),
            properties: VolumeProperties(),
            source: .snapshot(try fixture.id(snapshot)),
            isShallow: true
        )
    }

    /// A volume with a file, its snapshot s1, and what came after.
    private func source(_ fixture: Fixture) async throws -> Volume {
        let volume = try await fixture.provisioner.create(fixture.spec("v1"), as: fixture.credentials)
        let inner = "\(fixture.relative(volume.dataPath))/inner"
        try await fixture.asAdmin { try $0.makeDirectory(inner, mode: 0o755) }
        try await fixture.write("before", to: volume, "inner/f")
        try await fixture.take(Self.snapshot, of: "v1")
        try await fixture.write("after", to: volume, "inner/f")
        return volume
    }

    private func admission(_ fixture: Fixture, _ name: String, readOnly: Bool = true) throws -> AdmissionRequest {
        AdmissionRequest(volume: try fixture.id(name), node: "n1", mode: .volume, readOnly: readOnly)
    }

    private func preconditionFailure(_ body: () async throws -> Void) async -> String? {
        do {
            try await body()
            return nil
        } catch VolumeError.preconditionFailed(let message) {
            return message
        } catch {
            return nil
        }
    }

    @Test("it is made, found again, listed, and deleted, and holds its snapshot as long")
    func life() async throws {
        let fixture = try Fixture()
        _ = try await source(fixture)
        let view = try await fixture.provisioner.create(spec(fixture, "b1", of: Self.snapshot), as: fixture.credentials)
        let snapshot = try fixture.id(Self.snapshot)
        #expect(view.isShallow && view.source == .snapshot(snapshot))
        let same = try spec(fixture, "b1", of: Self.snapshot)
        #expect(try await fixture.provisioner.create(same, as: fixture.credentials) == view)
        #expect(try await fixture.provisioner.volume(view.id, as: fixture.credentials) == view)
        let details = try await fixture.backend.manager.details(view.id)
        #expect(details?.volume == view && details?.condition.isAbnormal == false)
        let held = await preconditionFailure { try await fixture.remove(Self.snapshot) }
        #expect(held?.contains(view.id.description) == true)
        #expect(try await fixture.snapshots().snapshot(fixture.id(Self.snapshot), as: nil) != nil)
        try await fixture.provisioner.delete(view.id, as: fixture.credentials)
        try await fixture.provisioner.delete(view.id, as: fixture.credentials)
        #expect(try await fixture.provisioner.volume(view.id, as: fixture.credentials) == nil)
        try await fixture.remove(Self.snapshot)
        try await fixture.end(volumes: "v1", "b1")
    }

    @Test("a copy and a view of one name, a missing snapshot and too little capacity are refused")
    func conflicts() async throws {
        let fixture = try Fixture()
        _ = try await source(fixture)
        var copy = try spec(fixture, "b1", of: Self.snapshot)
        try await fixture.provisioner.create(copy, as: fixture.credentials)
        copy.isShallow = false
        let taken = await #expect(throws: VolumeError.self) {
            try await fixture.provisioner.create(copy, as: fixture.credentials)
        }
        guard case .alreadyExists = taken else { throw Unexpected() }
        let missing = await #expect(throws: VolumeError.self) {
            try await fixture.provisioner.create(spec(fixture, "b2", of: "s2"), as: fixture.credentials)
        }
        guard case .notFound = missing else { throw Unexpected() }
        try await fixture.provisioner.delete(fixture.id("b1"), as: fixture.credentials)
        try await fixture.remove(Self.snapshot)
        try await fixture.end(volumes: "v1", "b1", "b2")
    }

    @Test("it can't be grown, changed, snapshotted or cloned")
    func refusals() async throws {
        let fixture = try Fixture()
        _ = try await source(fixture)
        try await fixture.provisioner.create(spec(fixture, "b1", of: Self.snapshot), as: fixture.credentials)
        let id = try fixture.id("b1")
        let manager = fixture.backend.manager
        var clone = try fixture.spec("c1")
        clone.source = .volume(id)
        let range = try CapacityRange(required: 1 << 30, limit: 0)
        let attempts: [() async throws -> Void] = [
            { _ = try await manager.expand(id, to: range, as: fixture.credentials) },
            { try await manager.modify(id, VolumeChanges(maximumFiles: 5), as: fixture.credentials) },
            { try await fixture.take("s2", of: "b1") },
            { try await fixture.takeGroup("g1", of: "v1", "b1") },
            { try await fixture.provisioner.create(clone, as: fixture.credentials) },
        ]
        for attempt in attempts {
            let error = await #expect(throws: VolumeError.self) { try await attempt() }
            guard case .unsupported(let message) = error else { throw Unexpected() }
            #expect(message.contains("backingSnapshot"))
        }
        try await fixture.provisioner.delete(id, as: fixture.credentials)
        try await fixture.remove(Self.snapshot)
        try await fixture.end(volumes: "v1", "b1", "c1")
    }

    @Test(
        "its user reads the snapshot wherever the source is, the source stays while it is published, and no other user does"
    )
    func publishing() async throws {
        let fixture = try Fixture()
        let volume = try await source(fixture)
        let other = try await fixture.provisioner.create(fixture.spec("v2"), as: fixture.credentials)
        try await fixture.provisioner.create(spec(fixture, "b1", of: Self.snapshot), as: fixture.credentials)
        let (issuer, id) = (fixture.issuer(), try fixture.id("b1"))
        let writing = await #expect(throws: VolumeError.self) {
            try await issuer.admit(admission(fixture, "b1", readOnly: false), as: fixture.credentials, fencer: nil)
        }
        guard case .invalid("volume_capability.access_mode.mode", _) = writing else { throw Unexpected() }

        func admitted() async throws -> ShallowSource {
            let user = try #require(
                try await issuer.admit(admission(fixture, "b1"), as: fixture.credentials, fencer: nil)
            )
            let source = try #require(try await issuer.shallowSource(of: id, as: fixture.credentials))
            let text = try await fixture.mounted(user, source.path) { mount in
                let file = try mount.openFile("/.snap/\(source.snapshot)/inner/f")
                defer { try? file.close() }
                #expect(throws: CephError.self) { try mount.createFile("/new", mode: 0o644, replacing: false) }
                return try file.read(upTo: 100)
            }
            #expect(text == "before")
            for path in [other.dataPath, "\(fixture.cluster.root)/\(fixture.cluster.group)"] {
                await #expect(throws: CephError.self) { try await fixture.mounted(user, path) { _ in } }
            }
            return source
        }
        #expect(try await admitted().path == volume.dataPath)
        let busy = await preconditionFailure {
            try await fixture.provisioner.delete(volume.id, as: fixture.credentials)
        }
        #expect(busy?.contains(id.description) == true)
        try await issuer.dismiss(id, node: nil, as: fixture.credentials, fencer: nil)
        try await fixture.provisioner.delete(volume.id, as: fixture.credentials)
        let uuid = fixture.uuid(volume)
        let place = "/_retained/\(fixture.cluster.group).v1.\(uuid)/\(uuid)"
        #expect(try await fixture.until { try await fixture.names("\(place)/inner").isEmpty })
        #expect(try await admitted().path == fixture.cluster.root + place)
        try await issuer.dismiss(id, node: nil, as: fixture.credentials, fencer: nil)
        try await fixture.provisioner.delete(id, as: fixture.credentials)
        #expect(try fixture.users().isEmpty)
        try await fixture.remove(Self.snapshot)
        try await fixture.end(volumes: "v1", "v2", "b1")
    }

    @Test("a group snapshot's member is held as any other, and what a crash left holds nothing")
    func holders() async throws {
        let fixture = try Fixture()
        try await fixture.makeVolumes("v1")
        let group = try await fixture.takeGroup("g1", of: "v1")
        let member = group.members[0].id
        try await fixture.provisioner.create(spec(fixture, "b1", of: member.volume), as: fixture.credentials)
        let held = await preconditionFailure { try await fixture.removeGroup(group) }
        #expect(held?.contains(":b1") == true)
        #expect(try await fixture.groups().groupSnapshot(group.id, as: nil) == group)
        try await fixture.provisioner.delete(fixture.id("b1"), as: fixture.credentials)
        let name = fixture.cluster.group
        try await fixture.asAdmin {
            try $0.makeDirectory("/_snapshots/\(name)/\(member.volume)/\(name)~b2", mode: 0o700)
        }
        try await fixture.removeGroup(group)
        try await fixture.endGroups(volumes: "v1", "b1")
    }
}
