import Ceph
import Cryptography
import Foundation
import JSON
import Testing
import Volumes

@testable import CephVolumes

@Suite("A volume's life", .usesCluster) struct VolumeLifeTests {
    @Test("a volume is made, found, found again by the same request, and deleted, twice if need be")
    func life() async throws {
        let fixture = try Fixture()
        let spec = try fixture.spec("v1")
        #expect(try await fixture.provisioner.volume(spec.id, as: fixture.credentials) == nil)
        let volume = try await fixture.provisioner.create(spec, as: fixture.credentials)
        #expect(volume.id == spec.id && volume.requestName == "v1" && volume.capacity?.bytes == 1 << 30)
        #expect(volume.dataPath.hasPrefix("/volumes/\(fixture.cluster.group)/v1/"))
        #expect(try await fixture.provisioner.create(spec, as: fixture.credentials) == volume)
        #expect(try await fixture.provisioner.volume(spec.id, as: fixture.credentials) == volume)
        try await fixture.provisioner.delete(spec.id, as: fixture.credentials)
        #expect(try await fixture.provisioner.volume(spec.id, as: fixture.credentials) == nil)
        try await fixture.provisioner.delete(spec.id, as: fixture.credentials)
        #expect(try await fixture.until { fixture.backend.trashBacklog == 0 })
        #expect(try await fixture.leftovers(of: "v1").isEmpty)
        try await fixture.end()
    }

    @Test("the data directory has quota, mode and owner, the directories above let nobody list them")
    func attributes() async throws {
        let fixture = try Fixture()
        let properties = VolumeProperties(mode: 0o2770, uid: 1000, gid: 4_000_000_000)
        let spec = try fixture.spec("v1", bytes: 5 << 20, properties: properties)
        let volume = try await fixture.provisioner.create(spec, as: fixture.credentials)
        #expect(volume.properties == properties && volume.capacity?.bytes == 8 << 20)
        let path = String(volume.dataPath.dropFirst("/volumes".count))
        let group = fixture.cluster.group
        try await fixture.asAdmin { mount in
            let data = try mount.status(path)
            #expect(data.mode == 0o2770 && data.uid == 1000 && data.gid == 4_000_000_000)
            #expect(try mount.attribute("ceph.quota.max_bytes", of: path) == "8388608")
            #expect(try mount.status("/\(group)").mode == 0o711)
            #expect(try mount.status("/\(group)/v1").mode == 0o711)
            #expect(try mount.status("/_staging").mode == 0o700 && mount.status("/_trash").mode == 0o700)
        }
        try await fixture.end()
    }

    @Test("a volume without capacity has no quota")
    func unlimited() async throws {
        let fixture = try Fixture()
        let spec = try fixture.spec("v1", bytes: 0)
        let volume = try await fixture.provisioner.create(spec, as: fixture.credentials)
        #expect(volume.capacity == nil)
        #expect(try await fixture.provisioner.create(spec, as: fixture.credentials) == volume)
        try await fixture.end()
    }

    @Test("a request that differs from the volume of its name is told in what")
    func conflicts() async throws {
        let fixture = try Fixture()
        let spec = try fixture.spec("v1")
        try await fixture.provisioner.create(spec, as: fixture.credentials)
        var renamed = spec
        renamed.requestName = "V1"
        let others = [
            renamed, try fixture.spec("v1", bytes: 2 << 30),
            try fixture.spec("v1", properties: VolumeProperties(mode: 0o700)),
        ]
        for other in others {
            let error = await #expect(throws: VolumeError.self) {
                try await fixture.provisioner.create(other, as: fixture.credentials)
            }
            guard case .alreadyExists = error else { throw Unexpected() }
        }
        let smaller = try fixture.spec("v1", bytes: 1 << 20)
        #expect(try await fixture.provisioner.create(smaller, as: fixture.credentials).capacity?.bytes == 1 << 30)
        try await fixture.end()
    }

    @Test("ceph fs subvolume lists the volume, reads it, and prints its data path")
    func mgr() async throws {
        let fixture = try Fixture()
        let volume = try await fixture.provisioner.create(fixture.spec("v1"), as: fixture.credentials)
        let (fs, group) = (fixture.cluster.filesystem, fixture.cluster.group)
        let list = try fixture.dev.ceph("fs", "subvolume", "ls", fs, "--group_name", group)
        #expect(try JSONValue(parsing: list).array == [.object(["name": .string("v1")])])
        let path = try fixture.dev.ceph("fs", "subvolume", "getpath", fs, "v1", "--group_name", group)
        #expect(path.trimmingCharacters(in: .whitespacesAndNewlines) == volume.dataPath)
        let info = try JSONValue(
            parsing: fixture.dev.ceph("fs", "subvolume", "info", fs, "v1", "--group_name", group)
        )
        #expect(info["path"]?.string == volume.dataPath && info["bytes_quota"]?.integer == 1 << 30)
        #expect(info["state"]?.string == "complete" && info["type"]?.string == "subvolume")
        try await fixture.end()
    }

    @Test("the mgr's records are stored in a namespace of their own, and so is each volume's data, if it is to be")
    func namespaces() async throws {
        let fixture = try Fixture.blue()
        let pool = try DevCluster.variable("DEV_CLUSTER_DATA_POOL")
        let cases: [(String, String?, Isolation)] = [
            ("default", nil, .namespace), ("chosen", pool, .namespace), ("shared", nil, .path), ("both", pool, .path),
        ]
        for (name, dataPool, isolation) in cases {
            let properties = VolumeProperties(dataPool: dataPool, isolation: isolation)
            let spec = try fixture.spec(name, properties: properties)
            let volume = try await fixture.provisioner.create(spec, as: fixture.credentials)
            let path = fixture.relative(volume.dataPath)
            let uuid = path.split(separator: "/").last ?? ""
            let expected = isolation == .path ? "pool=\(pool)" : "pool=\(pool) pool_namespace=cephfs-csi-\(uuid)"
            let group = fixture.cluster.group
            try await fixture.asAdmin { mount in
                let file = try mount.createFile("\(path)/f", mode: 0o600)
                try file.close()
                #expect(try mount.fileAttribute("ceph.file.layout", of: "\(path)/f").hasSuffix(expected))
                let record = try mount.fileAttribute("ceph.file.layout", of: "/\(group)/\(name)/.meta")
                #expect(record.hasSuffix("pool_namespace=cephfs-csi-meta"))
            }
            #expect(try await fixture.provisioner.create(spec, as: fixture.credentials) == volume)
        }
        try await fixture.end()
    }

    @Test("a pool that is no data pool is refused with the parameter's name, and leaves nothing")
    func badPool() async throws {
        let fixture = try Fixture()
        let spec = try fixture.spec("bad-pool", properties: VolumeProperties(dataPool: "no-such-pool"))
        let error = await #expect(throws: VolumeError.self) {
            try await fixture.provisioner.create(spec, as: fixture.credentials)
        }
        guard case .invalid(field: "parameters[dataPool]", _) = error else { throw Unexpected() }
        #expect(try await fixture.leftovers(of: "bad-pool").isEmpty)
        #expect(try await fixture.names("/\(fixture.cluster.group)").isEmpty)
        try await fixture.end()
    }

    @Test("another root and group serve as well")
    func elsewhere() async throws {
        let fixture = try Fixture.blue()
        let (blue, root) = (fixture.credentials, fixture.cluster.root)
        let dev = CephCredentials(user: fixture.dev.provisioner, key: Secret(fixture.dev.keyText))
        let volume = try await fixture.provisioner.create(fixture.spec("v1"), as: blue)
        #expect(volume.dataPath.hasPrefix("\(root)/\(fixture.cluster.group)/v1/"))
        // The user of the default root can't reach it.
        let error = await #expect(throws: VolumeError.self) {
            try await fixture.provisioner.volume(fixture.id("v1"), as: dev)
        }
        guard case .permissionDenied(let missing) = error else { throw Unexpected() }
        #expect(missing.contains("path=\(root)"))
        try await fixture.provisioner.delete(fixture.id("v1"), as: blue)
        try await fixture.end()
    }

    @Test("a missing group is made, or the message says how to make it")
    func groups() async throws {
        let fixture = try Fixture { cluster, _ in cluster.createsGroups = false }
        let error = await #expect(throws: VolumeError.self) {
            try await fixture.provisioner.create(fixture.spec("v1"), as: fixture.credentials)
        }
        guard case .preconditionFailed(let text) = error else { throw Unexpected() }
        #expect(text.contains("ceph fs subvolumegroup create \(fixture.cluster.filesystem) \(fixture.cluster.group)"))
        let other = await #expect(throws: VolumeError.self) {
            try await fixture.provisioner.create(fixture.spec("v1", group: "wanted"), as: fixture.credentials)
        }
        guard case .invalid(field: "parameters[group]", _) = other else { throw Unexpected() }
        #expect(try await fixture.provisioner.volume(fixture.id("v1"), as: fixture.credentials) == nil)
        try await fixture.provisioner.delete(fixture.id("v1"), as: fixture.credentials)
        try fixture.dev.ceph(
            "fs",
            "subvolumegroup",
            "create",
            fixture.cluster.filesystem,
            fixture.cluster.group,
            "--mode",
            "711"
        )
        try await fixture.provisioner.create(fixture.spec("v1"), as: fixture.credentials)
        try await fixture.end()
    }

    @Test("a directory that the plugin did not make is neither taken over nor deleted")
    func strangers() async throws {
        let fixture = try Fixture()
        let group = fixture.cluster.group
        try await fixture.asAdmin { mount in
            try mount.makeDirectory("/\(group)", mode: 0o711)
            try mount.makeDirectory("/\(group)/mine", mode: 0o755)
        }
        let error = await #expect(throws: VolumeError.self) {
            try await fixture.provisioner.create(fixture.spec("mine"), as: fixture.credentials)
        }
        guard case .alreadyExists = error else { throw Unexpected() }
        await #expect(throws: VolumeError.self) {
            try await fixture.provisioner.delete(fixture.id("mine"), as: fixture.credentials)
        }
        #expect(try await fixture.provisioner.volume(fixture.id("mine"), as: fixture.credentials) == nil)
        #expect(try await fixture.names("/\(group)") == ["mine"])
        try await fixture.end()
    }

    @Test("a static volume's path is found below the root, by a narrower user, and nowhere else")
    func paths() async throws {
        let fixture = try Fixture(group: "csi")
        let nodeKey = try String(contentsOfFile: DevCluster.variable("DEV_CLUSTER_NODE_KEY_FILE"), encoding: .utf8)
        let node = CephCredentials(
            user: try DevCluster.variable("DEV_CLUSTER_NODE_ID"),
            key: Secret(nodeKey.trimmingCharacters(in: .whitespacesAndNewlines))
        )
        let name = "static-\(UUID())"
        let volume = try await fixture.provisioner.create(fixture.spec(name), as: fixture.credentials)
        func exists(_ path: String, _ credentials: CephCredentials) async throws -> Bool {
            try await fixture.provisioner.pathExists(
                path,
                cluster: "c1",
                filesystem: fixture.cluster.filesystem,
                as: credentials
            )
        }
        #expect(try await exists(volume.dataPath, fixture.credentials))
        #expect(try await exists(volume.dataPath, node))
        #expect(try await !exists("/volumes/csi/missing", fixture.credentials))
        #expect(try await !exists("/volumes/csi/missing", node))
        await #expect(throws: VolumeError.self) { try await exists("/tenants", fixture.credentials) }
        for path in ["/", "/volumes/..", "relative", "/volumes/csi/../../tenants", ""] {
            let error = await #expect(throws: VolumeError.self) { try await exists(path, fixture.credentials) }
            guard case .invalid(field: "volume_context[path]", _) = error else { throw Unexpected() }
        }
        try await fixture.provisioner.delete(volume.id, as: fixture.credentials)
        await fixture.backend.close()
    }
}
