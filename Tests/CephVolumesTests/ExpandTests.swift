import Ceph
import Testing
import Volumes

@testable import CephVolumes

@Suite("Changing a volume", .usesCluster) struct ExpandTests {
    private let mebi: Int64 = 1 << 20

    @Test("a volume grows into the range, stays where it is large enough, and never shrinks")
    func expand() async throws {
        let fixture = try Fixture()
        let spec = try fixture.spec("v1", bytes: 64 * mebi)
        let volume = try await fixture.provisioner.create(spec, as: fixture.credentials)
        func expand(_ required: Int64, _ limit: Int64 = 0) async throws -> Int64? {
            let range = try CapacityRange(required: required, limit: limit)
            return try await fixture.manager.expand(spec.id, to: range, as: fixture.credentials)?.bytes
        }
        #expect(try await expand(65 * mebi) == 68 * mebi)
        #expect(try await expand(65 * mebi) == 68 * mebi)
        #expect(try await expand(10 * mebi) == 68 * mebi)
        #expect(try await expand(0, 100 * mebi) == 100 * mebi)
        let error = await fixture.failure { _ = try await expand(10 * mebi, 99 * mebi) }
        guard case .outOfRange(let text) = error else { throw Unexpected() }
        #expect(text.contains("\(100 * mebi)"))
        let path = fixture.relative(volume.dataPath)
        try await fixture.asAdmin { mount in
            let quota = try mount.attribute("ceph.quota.max_bytes", of: path)
            #expect(quota == "\(100 << 20)")
        }
        var grown = volume
        grown.capacity = Capacity(bytes: 100 * mebi)
        #expect(try await fixture.provisioner.create(spec, as: fixture.credentials) == grown)
        #expect(try await fixture.listed().map(\.volume) == [grown])
        try await fixture.end()
    }

    @Test("a volume without a quota stays without one, and one that does not exist is not found")
    func unlimited() async throws {
        let fixture = try Fixture()
        let spec = try fixture.spec("v1", bytes: 0)
        try await fixture.provisioner.create(spec, as: fixture.credentials)
        let range = try CapacityRange(required: 64 * mebi, limit: 0)
        #expect(try await fixture.manager.expand(spec.id, to: range, as: fixture.credentials) == nil)
        #expect(try await fixture.provisioner.volume(spec.id, as: fixture.credentials)?.capacity == nil)
        for name in ["missing", "stranger"] {
            let group = fixture.cluster.group
            if name == "stranger" {
                try await fixture.asAdmin { try $0.makeDirectory("/\(group)/stranger", mode: 0o755) }
            }
            let error = await fixture.failure {
                _ = try await fixture.manager.expand(fixture.id(name), to: range, as: fixture.credentials)
            }
            guard case .notFound = error else { throw Unexpected() }
        }
        try await fixture.end()
    }

    @Test("a record keeps what this plugin does not know of when the volume grows")
    func foreignMembers() throws {
        let text = try VolumeRecord.text(
            #"{"version":1,"capacity":5,"later":{"a":1}}"#,
            capacity: #require(Capacity(bytes: 8))
        )
        #expect(text == #"{"capacity":8,"later":{"a":1},"version":1}"#)
    }

    @Test("the limit of files and the pin are set and taken back, the same again is a success")
    func modify() async throws {
        let fixture = try Fixture()
        let spec = try fixture.spec("v1")
        let volume = try await fixture.provisioner.create(spec, as: fixture.credentials)
        let path = fixture.relative(volume.dataPath)
        func modify(_ changes: VolumeChanges) async throws {
            for _ in 0..<2 { try await fixture.manager.modify(spec.id, changes, as: fixture.credentials) }
        }
        try await modify(VolumeChanges(maximumFiles: 1000, pin: 0))
        try await fixture.asAdmin { mount in
            let files = try mount.attribute("ceph.quota.max_files", of: path)
            #expect(files == "1000")
            #expect(try mount.attribute("ceph.dir.pin", of: path) == "0")
            #expect(try mount.attribute("ceph.quota.max_bytes", of: path) == "\(1 << 30)")
        }
        try await modify(VolumeChanges(maximumFiles: 0, pin: -1))
        // A client is not told of another's pins, so a new one looks.
        try await fixture.mounted(fixture.administrator(), fixture.cluster.root) { mount in
            let files = try mount.attributeIfPresent("ceph.quota.max_files", of: path)
            #expect(files == nil || files == "0")
            let pin = try mount.attributeIfPresent("ceph.dir.pin", of: path)
            #expect(pin == nil || pin == "-1", "\(pin ?? "")")
        }
        let error = await fixture.failure {
            try await fixture.manager.modify(
                fixture.id("missing"),
                VolumeChanges(maximumFiles: 1),
                as: fixture.credentials
            )
        }
        guard case .notFound = error else { throw Unexpected() }
        try await fixture.end()
    }

    @Test("the data pool changes where the isolation lets it, with a word why where it does not")
    func pool() async throws {
        let fixture = try Fixture.blue()
        let pool = try DevCluster.variable("DEV_CLUSTER_DATA_POOL")
        let confined = try fixture.spec("confined")
        let shared = try fixture.spec("shared", properties: VolumeProperties(isolation: .path))
        for spec in [confined, shared] { try await fixture.provisioner.create(spec, as: fixture.credentials) }
        func change(_ spec: VolumeSpec, _ pool: String) async -> VolumeError? {
            let changes = VolumeChanges(maximumFiles: 7, dataPool: pool)
            return await fixture.failure {
                try await fixture.manager.modify(spec.id, changes, as: fixture.credentials)
            }
        }
        // What a volume has already it may be given again.
        #expect(await change(confined, pool) == nil)
        #expect(await change(shared, pool) == nil)
        let refusals = [(confined, "isolation"), (shared, "not a data pool")]
        for (spec, words) in refusals {
            guard case .invalid(field: "mutable_parameters[dataPool]", let fix) = await change(spec, "no-such-pool")
            else {
                throw Unexpected()
            }
            #expect(fix.contains(words))
        }
        // Whatever was changed, the request that made the volume finds it.
        for spec in [confined, shared] { try await fixture.provisioner.create(spec, as: fixture.credentials) }
        try await fixture.end()
    }
}
