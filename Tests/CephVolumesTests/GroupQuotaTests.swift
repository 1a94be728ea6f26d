import Ceph
import Testing
import Volumes

@testable import CephVolumes

/// A quota on a group is Ceph's own way to limit a tenant (`ceph fs subvolumegroup create --size`, `resize`).
@Suite("Quotas on the group and on the root", .usesCluster) struct GroupQuotaTests {
    private static let limit = "ceph.quota.max_bytes"

    /// Where there is a quota.
    enum Place: String, CaseIterable {
        case group, root, both
    }

    /// Whether the volume was there before the quota, and whether the quota is used up.
    struct Moment: CustomTestStringConvertible {
        let isBefore: Bool
        let isFull: Bool
        var testDescription: String { "\(isBefore ? "set before" : "set after"), \(isFull ? "full" : "with room")" }

        static let all = [true, false].flatMap { before in [true, false].map { Moment(isBefore: before, isFull: $0) } }
    }

    private func limit(_ place: Place, _ bytes: Int64, _ fixture: Fixture) async throws {
        let group = fixture.cluster.group
        if place != .root {
            try await fixture.asAdmin { mount in
                try mount.makeDirectoryIfMissing("/\(group)", mode: 0o711)
                try mount.setAttribute(Self.limit, of: "/\(group)", to: "\(bytes)")
            }
        }
        guard place != .group else { return }
        try await fixture.mounted(try fixture.administrator(), fixture.cluster.root) {
            try $0.setAttribute(Self.limit, of: "/", to: "\(bytes)")
        }
    }

    /// Everything that moves a volume: it is made, snapshotted, deleted with and without a snapshot, and let go.
    @Test("volumes are made, snapshotted and deleted whatever has a quota", arguments: Place.allCases, Moment.all)
    func life(_ place: Place, _ moment: Moment) async throws {
        let fixture = try Fixture { cluster, _ in cluster.trashRetention = .zero }
        let quota: Int64 = moment.isFull ? 1 << 20 : 1 << 40
        if moment.isBefore { try await limit(place, quota, fixture) }
        let volume = try await fixture.provisioner.create(fixture.spec("v1"), as: fixture.credentials)
        if moment.isFull {
            try await fixture.write(String(repeating: "x", count: 2 << 20), to: volume, "f")
            try await fixture.awaitSize("/\(fixture.cluster.group)", 2 << 20)
        }
        if !moment.isBefore { try await limit(place, quota, fixture) }
        try await fixture.take("s1", of: "v1")
        let other = try await fixture.provisioner.create(fixture.spec("v2"), as: fixture.credentials)
        #expect(try await fixture.provisioner.create(fixture.spec("v2"), as: fixture.credentials) == other)
        for name in ["v1", "v2"] { try await fixture.provisioner.delete(fixture.id(name), as: fixture.credentials) }
        try await fixture.remove("s1")
        try await limit(place, 0, fixture)
        try await fixture.end(volumes: "v1", "v2")
    }

    @Test("a deleted volume is restored from the trash into a group with a quota")
    func restored() async throws {
        let fixture = try Fixture { cluster, _ in cluster.trashRetention = .seconds(3600) }
        let spec = try fixture.spec("v1")
        let volume = try await fixture.provisioner.create(spec, as: fixture.credentials)
        try await limit(.group, 1 << 30, fixture)
        try await fixture.provisioner.delete(spec.id, as: fixture.credentials)
        let name = try #require(try await fixture.names("/_trash").first { $0.hasSuffix(".v1") })
        let store = fixture.backend.store
        try await store.perform("restoring", store.request(spec.id, fixture.credentials)) { try $0.restore(name) }
        #expect(try await fixture.provisioner.volume(spec.id, as: fixture.credentials) == volume)
        try await limit(.group, 0, fixture)
        try await fixture.asAdmin { [group = fixture.cluster.group] in try $0.removeTree("/\(group)/v1") }
        try await fixture.end()
    }

    @Test("a copy is no way round a quota: it is refused where its content does not fit, and leaves nothing")
    func copies() async throws {
        let fixture = try Fixture()
        let volume = try await fixture.provisioner.create(fixture.spec("v1"), as: fixture.credentials)
        try await fixture.write(String(repeating: "x", count: 3 << 20), to: volume, "f")
        try await fixture.awaitSize(fixture.relative(volume.dataPath), 3 << 20)
        try await fixture.awaitSize("/\(fixture.cluster.group)", 3 << 20)
        let spec = try fixture.spec("c1", from: .volume(volume.id))
        for (place, quota) in [(Place.group, Int64(5 << 20)), (.root, 4 << 20)] {
            try await limit(place, quota, fixture)
            let error = await fixture.failure { _ = try await fixture.made(spec) }
            guard case .capacityExhausted(let text) = error else { throw Unexpected() }
            #expect(text.contains("quota of \(quota) bytes"), "\(text)")
            try await limit(place, 0, fixture)
        }
        #expect(try await fixture.snapshotNames("v1").isEmpty)
        try await limit(.group, 8 << 20, fixture)
        try await fixture.made(spec)
        try await limit(.group, 0, fixture)
        try await fixture.end(volumes: "v1", "c1")
    }
}

@Suite("What a restore needs", .usesCluster) struct RestoreSizeTests {
    @Test("a snapshot's size is its volume's capacity, at once, and a smaller restore is refused")
    func capacity() async throws {
        let fixture = try Fixture()
        let volume = try await fixture.provisioner.create(fixture.spec("v1", bytes: 64 << 20), as: fixture.credentials)
        try await fixture.write(String(repeating: "x", count: 9 << 20), to: volume, "f")
        #expect(try await fixture.take("s1", of: "v1").size == 64 << 20)
        let member = try await fixture.takeGroup("g1", of: "v1").members[0]
        #expect(member.size == 64 << 20)
        for source in [ContentSource.snapshot(try fixture.id("s1")), .snapshot(member.id), .volume(volume.id)] {
            let small = try fixture.spec("small", from: source, bytes: 8 << 20)
            let error = await fixture.failure { _ = try await fixture.made(small) }
            guard case .outOfRange = error else { throw Unexpected() }
            var shallow = small
            shallow.isShallow = true
            if case .snapshot = source {
                let error = await fixture.failure { _ = try await fixture.made(shallow) }
                guard case .outOfRange = error else { throw Unexpected() }
            }
        }
        #expect(try await fixture.names("/\(fixture.cluster.group)") == ["v1"])
        try await fixture.removeGroup(try await fixture.takeGroup("g1", of: "v1"))
        try await fixture.remove("s1")
        try await fixture.end(volumes: "v1")
    }

    @Test("a source that is over its capacity is restored and cloned at that capacity, whole, and limited in the end")
    func overfull() async throws {
        let fixture = try Fixture()
        let volume = try await fixture.provisioner.create(fixture.spec("v1", bytes: 4 << 20), as: fixture.credentials)
        // Clients are stopped some seconds after the limit; this one never.
        try await fixture.write(String(repeating: "x", count: 7 << 20), to: volume, "f")
        try await fixture.awaitSize(fixture.relative(volume.dataPath), 7 << 20)
        try await fixture.take("s1", of: "v1")
        for (name, source) in [("r1", ContentSource.snapshot(try fixture.id("s1"))), ("c1", .volume(volume.id))] {
            let copy = try await fixture.made(fixture.spec(name, from: source, bytes: 4 << 20))
            #expect(copy.capacity?.bytes == 4 << 20)
            let path = fixture.relative(copy.dataPath)
            #expect(try await fixture.asAdmin { try $0.status("\(path)/f").size } == 7 << 20)
            #expect(try await fixture.asAdmin { try $0.attribute("ceph.quota.max_bytes", of: path) } == "\(4 << 20)")
        }
        try await fixture.remove("s1")
        try await fixture.end(volumes: "v1", "r1", "c1")
    }

    @Test(
        "of a volume without a capacity nothing is promised; what is copied says whether it fits",
        arguments: [Int64(4), 16]
    )
    func unlimited(_ mebibytes: Int64) async throws {
        let fixture = try Fixture()
        var spec = try fixture.spec("v1")
        spec.capacity = try CapacityRange(required: 0, limit: 0)
        let volume = try await fixture.provisioner.create(spec, as: fixture.credentials)
        // Not yet in Ceph's sums, which lag by seconds.
        try await fixture.write(String(repeating: "x", count: 9 << 20), to: volume, "f")
        #expect(try await fixture.take("s1", of: "v1").size == 0)
        let restored = try fixture.spec("r1", from: .snapshot(fixture.id("s1")), bytes: mebibytes << 20)
        let error = await fixture.failure { _ = try await fixture.made(restored) }
        if mebibytes < 9 {
            guard case .outOfRange(let text) = error else { throw Unexpected() }
            #expect(text.contains("\(9 << 20) bytes"), "\(text)")
            #expect(try await fixture.provisioner.volume(restored.id, as: fixture.credentials) == nil)
        } else {
            #expect(error == nil)
        }
        try await fixture.remove("s1")
        try await fixture.end(volumes: "v1", "r1")
    }
}

extension Fixture {
    /// Waits until Ceph's sum of a directory says so; it lags by seconds.
    func awaitSize(_ path: String, _ bytes: Int64) async throws {
        let isSo = try await until(.seconds(60)) {
            try await asAdmin { Int64(try $0.attribute("ceph.dir.rbytes", of: path)) ?? 0 } >= bytes
        }
        guard isSo else { throw Unexpected() }
    }
}
