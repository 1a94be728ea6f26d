import Ceph
import Foundation
import Testing
import Volumes

@testable import CephVolumes

@Suite("What a volume's user can reach", .usesCluster) struct VolumeUserTests {
    /// Two published volumes, and the first one's user.
    private struct Pair {
        let volume: Volume
        let sibling: Volume
        let user: CephCredentials
    }

    private func pair(_ fixture: Fixture, _ isolation: Isolation = .namespace, readOnly: Bool = false) async throws
        -> Pair
    {
        let properties = VolumeProperties(isolation: isolation)
        let issuer = fixture.issuer()
        var volumes: [Volume] = []
        var users: [CephCredentials] = []
        for name in ["mine", "sibling"] {
            let spec = try fixture.spec(name, properties: properties)
            let volume = try await fixture.provisioner.create(spec, as: fixture.credentials)
            let request = AdmissionRequest(volume: volume.id, node: "n1", mode: .volume, readOnly: readOnly)
            let user = try await issuer.admit(request, as: fixture.credentials, fencer: nil)
            volumes.append(volume)
            users.append(try #require(user))
        }
        return Pair(volume: volumes[0], sibling: volumes[1], user: users[0])
    }

    private func end(_ fixture: Fixture, _ pair: Pair) async throws {
        for volume in [pair.volume, pair.sibling] {
            try await fixture.issuer().dismiss(volume.id, node: nil, as: fixture.credentials, fencer: nil)
            try await fixture.provisioner.delete(volume.id, as: fixture.credentials)
        }
        #expect(try fixture.users().isEmpty)
        try await fixture.end()
    }

    @Test("it mounts its data directory and nothing else: not the volume's records, the group, the root, a sibling")
    func paths() async throws {
        let fixture = try Fixture()
        let pair = try await pair(fixture)
        let base = String(
            pair.volume.dataPath[..<(pair.volume.dataPath.lastIndex(of: "/") ?? pair.volume.dataPath.endIndex)]
        )
        try await fixture.mounted(pair.user, pair.volume.dataPath) { _ = try $0.entries("/") }
        let others = [
            base, base + "/.attachments", "/volumes/\(fixture.cluster.group)", "/volumes", "/tenants/blue",
            "/volumes/_trash", "/volumes/_staging", pair.sibling.dataPath,
        ]
        for path in others {
            let error = await #expect(throws: CephError.self, "\(path)") {
                try await fixture.mounted(pair.user, path) { _ = try $0.entries("/") }
            }
            #expect(error?.code == EPERM, "\(path): \(String(describing: error))")
        }
        try await end(fixture, pair)
    }

    @Test("it writes files, and sets no quota, no layout, no snapshot")
    func attributes() async throws {
        let fixture = try Fixture()
        let pair = try await pair(fixture)
        try await fixture.mounted(pair.user, pair.volume.dataPath) { mount in
            let file = try mount.createFile("/f", mode: 0o600)
            try file.write("x")
            try file.synchronizeData()
            try file.close()
            let attributes = [
                ("ceph.quota.max_bytes", "0"), ("ceph.quota.max_bytes", "1099511627776"),
                ("ceph.dir.layout.pool_namespace", ""), ("ceph.dir.layout.pool_namespace", "cephfs-csi-meta"),
                ("ceph.dir.subvolume", "0"), ("ceph.dir.pin", "0"),
            ]
            for (name, value) in attributes {
                let error = #expect(throws: CephError.self, "\(name)=\(value)") {
                    try mount.setAttribute(name, of: "/", to: value)
                }
                #expect(
                    error.map { [EPERM, EACCES].contains($0.code) } == true,
                    "\(name): \(String(describing: error))"
                )
            }
            try mount.makeDirectory("/d", mode: 0o700)
            #expect(throws: CephError.self) { try mount.makeDirectory("/.snap/s", mode: 0o700) }
            #expect(throws: CephError.self) { try mount.makeDirectory("/d/.snap/s", mode: 0o700) }
            #expect(throws: CephError.self) {
                try mount.setAttribute("ceph.dir.layout.pool_namespace", of: "/d", to: "x")
            }
        }
        let quota = try await fixture.asAdmin { [path = fixture.relative(pair.volume.dataPath)] mount in
            try mount.attribute("ceph.quota.max_bytes", of: path)
        }
        #expect(quota == "\(1 << 30)")
        try await end(fixture, pair)
    }

    @Test("one that may only read, reads, and neither writes, makes nor removes anything")
    func readOnly() async throws {
        let fixture = try Fixture()
        let pair = try await pair(fixture, readOnly: true)
        #expect(pair.user.user.hasSuffix("-ro"))
        let path = fixture.relative(pair.volume.dataPath)
        try await fixture.asAdmin { mount in
            let file = try mount.createFile("\(path)/f", mode: 0o666)
            try file.write("content")
            try file.synchronizeData()
        }
        try await fixture.mounted(pair.user, pair.volume.dataPath) { mount in
            let content = try mount.openFile("/f", direct: true).read(upTo: 64)
            #expect(content == "content")
            #expect(throws: CephError.self) { try mount.createFile("/g", mode: 0o600) }
            #expect(throws: CephError.self) { try mount.createFile("/f", mode: 0o600, replacing: true) }
            #expect(throws: CephError.self) { try mount.unlink("/f") }
            #expect(throws: CephError.self) { try mount.makeDirectory("/d", mode: 0o700) }
            #expect(throws: CephError.self) { try mount.setAttribute("user.x", of: "/f", to: "y") }
        }
        try await end(fixture, pair)
    }

    /// The status of the `rados` tool, as that user.
    private func rados(_ fixture: Fixture, _ user: CephCredentials, _ namespace: String, _ words: [String]) throws
        -> Int32
    {
        let pool = try DevCluster.variable("DEV_CLUSTER_DATA_POOL")
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("key-\(UUID())")
        defer { try? FileManager.default.removeItem(at: file) }
        try user.key.withExposed { try Data($0.utf8).write(to: file) }
        let arguments = ["-p", pool, "-N", namespace] + words
        return try fixture.dev.tool("rados", arguments, as: (user.user, file.path)).status
    }

    /// The volume's namespace, and an object of a file that the administrator has written.
    private func object(_ fixture: Fixture, _ volume: Volume) async throws -> (namespace: String, name: String) {
        let path = fixture.relative(volume.dataPath)
        // By its inode: the object of the file that tried the namespace is there a little longer than that file.
        return try await fixture.asAdmin { mount in
            let file = try mount.createFile("\(path)/secret", mode: 0o600)
            try file.write("secret")
            try file.synchronizeData()
            let layout = try mount.attributeIfPresent("ceph.dir.layout.pool_namespace", of: path) ?? ""
            let inode = try mount.node("\(path)/secret").status().inode
            return (layout, String(inode, radix: 16) + ".00000000")
        }
    }

    @Test("with isolation by namespace it reaches no object but its volume's own, whatever it asks the OSDs for")
    func objects() async throws {
        let fixture = try Fixture()
        let pair = try await pair(fixture)
        let mine = try await object(fixture, pair.volume)
        let sibling = try await object(fixture, pair.sibling)
        #expect(mine.namespace != sibling.namespace && mine.namespace.hasPrefix("cephfs-csi-"))
        #expect(try rados(fixture, pair.user, mine.namespace, ["get", mine.name, "/dev/null"]) == 0)
        for namespace in [sibling.namespace, "", "cephfs-csi-meta", "cephfs-csi-"] {
            #expect(try rados(fixture, pair.user, namespace, ["get", sibling.name, "/dev/null"]) != 0, "\(namespace)")
            #expect(try rados(fixture, pair.user, namespace, ["put", "forged", "/etc/hostname"]) != 0, "\(namespace)")
            #expect(try rados(fixture, pair.user, namespace, ["ls"]) != 0, "\(namespace)")
        }
        // The administrator reaches what was refused: the object is there.
        let pool = try DevCluster.variable("DEV_CLUSTER_DATA_POOL")
        let there = try fixture.dev.tool(
            "rados",
            ["-p", pool, "-N", sibling.namespace, "get", sibling.name, "/dev/null"]
        )
        #expect(there.status == 0)
        try await end(fixture, pair)
    }

    @Test("with isolation by path it can read a sibling's objects past the file system: the price of that isolation")
    func objectsByPath() async throws {
        let fixture = try Fixture.blue()
        let pair = try await pair(fixture, .path)
        let sibling = try await object(fixture, pair.sibling)
        #expect(sibling.namespace.isEmpty)
        #expect(try rados(fixture, pair.user, "", ["get", sibling.name, "/dev/null"]) == 0)
        try await end(fixture, pair)
    }

    @Test("the provisioner's namespace with a star at its end confines it to the plugin's namespaces")
    func provisionerObjects() async throws {
        let fixture = try Fixture()
        let pair = try await pair(fixture)
        let mine = try await object(fixture, pair.volume)
        #expect(try rados(fixture, fixture.credentials, mine.namespace, ["get", mine.name, "/dev/null"]) == 0)
        for namespace in ["", "other", "cephfs-cs", "xcephfs-csi-0"] {
            #expect(try rados(fixture, fixture.credentials, namespace, ["put", "forged", "/etc/hostname"]) != 0)
        }
        try await end(fixture, pair)
    }

    @Test("it sends no command that makes, reads or removes users")
    func commands() async throws {
        let fixture = try Fixture()
        let pair = try await pair(fixture)
        let settings = fixture.dev.settings(
            user: pair.user.user,
            key: pair.user.key
        )
        let connections = CephConnections(identity: "user-\(UUID())")
        let own = "client.\(pair.user.user)"
        let commands = [
            MonCommand("auth get", ["entity": .string(own)]), MonCommand("auth rm", ["entity": .string(own)]),
            MonCommand("auth caps", ["entity": .string(own), "caps": .array([.string("mon"), .string("allow *")])]),
            MonCommand("auth get-or-create", ["entity": .string("client.csi-volume-forged")]),
            MonCommand("auth ls"), MonCommand("config set"),
        ]
        for command in commands {
            let error = await #expect(throws: CephError.self, "\(command.prefix)") {
                try await connections.runMonitors(settings, "test") { _ = try $0.send(command) }
            }
            #expect(error?.code == EACCES, "\(command.prefix): \(String(describing: error))")
        }
        await connections.close()
        try await end(fixture, pair)
    }
}
