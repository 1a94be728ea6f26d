import Ceph
import Cryptography
import Testing
import Volumes

@testable import CephVolumes

extension Fixture {
    /// Adopts, as a command does it: another process, which does not keep house.
    func adopting<Value>(_ body: (CephAdopter) async throws -> Value) async throws -> Value {
        let other = another("cli-\(cluster.group)") { $0.runsUpkeep = false }
        let result: Result<Value, any Error>
        do {
            let adopter = other.adopter
            result = .success(try await body(adopter))
        } catch {
            result = .failure(error)
        }
        await other.close()
        return try result.get()
    }

    func adopt(
        _ path: String,
        name: String? = nil,
        group: String? = nil,
        limit: AdoptionSpec.Limit = .none
    ) async throws -> Adoption {
        let spec = adoption(path, name: name, group: group, limit: limit)
        return try await adopting { try await $0.adopt(spec, as: credentials) }
    }

    func adoption(
        _ path: String,
        name: String? = nil,
        group: String? = nil,
        limit: AdoptionSpec.Limit = .none
    ) -> AdoptionSpec {
        AdoptionSpec(cluster: cluster.id, path: cluster.root + path, group: group, name: name, limit: limit)
    }

    /// A directory of some other origin with a file, `old/<name>` beside the group.
    func foreign(_ name: String, quota: Int64 = 0) async throws -> String {
        let path = "/old-\(cluster.group)/\(name)"
        try await asAdmin { mount in
            try mount.makeDirectoryIfMissing("/old-\(path.split(separator: "/")[0].dropFirst(4))", mode: 0o755)
            try mount.makeDirectory(path, mode: 0o750)
            if quota > 0 { try mount.setAttribute("ceph.quota.max_bytes", of: path, to: "\(quota)") }
            let file = try mount.createFile("\(path)/letter", mode: 0o644)
            try file.write("kept")
            try file.close()
        }
        return path
    }

    func content(_ path: String) async throws -> String {
        try await asAdmin { try $0.openFile(path).read(upTo: 10) }
    }

    func endAdoption() async throws {
        let group = cluster.group
        try await asAdmin { try $0.removeTree("/old-\(group)") }
        try await end()
    }
}

@Suite("Adopting a directory", .usesCluster) struct AdoptionTests {
    @Test(
        "a directory moves whole, and is a volume in all respects: found, grown, deleted; the same again changes nothing"
    )
    func life() async throws {
        let fixture = try Fixture.blue()
        let path = try await fixture.foreign("data", quota: 64 << 20)
        let adoption = try await fixture.adopt(path, limit: .quota)
        #expect(adoption.kind == .directory && adoption.usedBytes <= 4)
        let volume = adoption.volume
        #expect(try await fixture.provisioner.volume(volume.id, as: fixture.credentials) == volume)
        #expect(volume.capacity?.bytes == 64 << 20 && volume.properties.mode == 0o750)
        #expect(volume.properties.isolation == .path && volume.requestName == "data")
        #expect(try await fixture.content(fixture.relative(volume.dataPath) + "/letter") == "kept")
        #expect(try await fixture.names("/old-\(fixture.cluster.group)").isEmpty)
        let again = try await fixture.adopt(path, limit: .quota)
        #expect(again.volume.dataPath == volume.dataPath && again.volume.capacity == volume.capacity)
        #expect(again.kind == .adopted)
        let grown = try await fixture.manager.expand(
            volume.id,
            to: CapacityRange(required: 128 << 20, limit: 0),
            as: fixture.credentials
        )
        #expect(grown?.bytes == 128 << 20)
        try await fixture.provisioner.delete(volume.id, as: fixture.credentials)
        #expect(try await fixture.provisioner.volume(volume.id, as: fixture.credentials) == nil)
        try await fixture.endAdoption()
    }

    @Test("a dry run says the same and changes nothing")
    func dryRun() async throws {
        let fixture = try Fixture.blue()
        let path = try await fixture.foreign("data")
        let spec = fixture.adoption(path)
        let plan = try await fixture.adopting { try await $0.plan(spec, as: fixture.credentials) }
        let id = try fixture.id("data")
        #expect(plan.kind == .directory && plan.volume.id == id)
        #expect(try await fixture.content("\(path)/letter") == "kept")
        #expect(try await fixture.names("/\(fixture.cluster.group)").isEmpty)
        try await fixture.endAdoption()
    }

    @Test("a layout that the directory inherited goes along, so that its files stay where its users' caps are")
    func inheritedLayout() async throws {
        let fixture = try Fixture.blue()
        let path = try await fixture.foreign("data")
        let old = "/old-\(fixture.cluster.group)"
        try await fixture.asAdmin { try $0.setAttribute("ceph.dir.layout.pool_namespace", of: old, to: "fsvolumens_x") }
        let adoption = try await fixture.adopting {
            try await $0.plan(fixture.adoption(path), as: fixture.credentials)
        }
        #expect(adoption.namespace == "fsvolumens_x" && adoption.volume.properties.isolation == .namespace)
        let done = try await fixture.adopt(path)
        let data = fixture.relative(done.volume.dataPath)
        let namespace = try await fixture.asAdmin { try $0.attribute("ceph.dir.layout.pool_namespace", of: data) }
        #expect(namespace == "fsvolumens_x")
        try await fixture.endAdoption()
    }

    @Test("what can't become a volume is refused, and stays as it is")
    func refusals() async throws {
        let fixture = try Fixture.blue()
        let path = try await fixture.foreign("data")
        let group = fixture.cluster.group
        try await fixture.provisioner.create(fixture.spec("v1"), as: fixture.credentials)
        let volume = try #require(try await fixture.provisioner.volume(fixture.id("v1"), as: fixture.credentials))
        let old = "/old-\(group)"
        try await fixture.asAdmin { mount in
            try mount.createFile("\(old)/file", mode: 0o644).close()
            try mount.makeDirectory("\(fixture.relative(volume.dataPath))/sub", mode: 0o755)
        }
        let wanted = try #require(Capacity(bytes: 1))
        let cases: [(spec: AdoptionSpec, words: String)] = [
            (fixture.adoption("\(old)/file"), "not a directory"),
            (fixture.adoption("\(old)/none"), "nothing at"),
            (fixture.adoption(path, limit: .quota), "--no-limit"),
            (fixture.adoption(path, name: "v1"), "taken by the volume"),
            (fixture.adoption(path, group: "old-\(group)"), "another --name or --group"),
            (fixture.adoption("/\(group)"), "its group"),
            (fixture.adoption("/\(group)", group: "other"), "contains the volume"),
            (fixture.adoption("/\(group)/v1"), "is the volume"),
            (fixture.adoption(fixture.relative(volume.dataPath)), "is the volume"),
            (fixture.adoption(fixture.relative(volume.dataPath) + "/sub"), "lies in the volume"),
            (fixture.adoption(path, limit: .capacity(wanted)), "less than"),
        ]
        // The MDS adds sizes up by and by.
        #expect(
            try await fixture.until {
                try await fixture.asAdmin { try $0.attribute("ceph.dir.rbytes", of: path) == "4" }
            }
        )
        for (spec, words) in cases {
            let error = await fixture.failure {
                _ = try await fixture.adopting { try await $0.adopt(spec, as: fixture.credentials) }
            }
            #expect("\(String(describing: error))".contains(words), "\(spec.path): \(String(describing: error))")
        }
        #expect(try await fixture.content("\(path)/letter") == "kept")
        #expect(try await fixture.names("/\(group)") == ["v1"])
        try await fixture.endAdoption()
    }

    @Test(
        "a quota above, on the group or on both is no obstacle",
        arguments: [[true, false], [false, true], [true, true]]
    )
    func quotaAbove(_ limited: [Bool]) async throws {
        let fixture = try Fixture.blue()
        let path = try await fixture.foreign("data")
        let group = fixture.cluster.group
        try await fixture.asAdmin { mount in
            try mount.makeDirectoryIfMissing("/\(group)", mode: 0o711)
            for (directory, isLimited) in zip(["/old-\(group)", "/\(group)"], limited) where isLimited {
                try mount.setAttribute("ceph.quota.max_bytes", of: directory, to: "\(1 << 30)")
            }
        }
        let adoption = try await fixture.adopt(path)
        #expect(try await fixture.content("\(fixture.relative(adoption.volume.dataPath))/letter") == "kept")
        try await fixture.asAdmin { mount in
            for (directory, isLimited) in zip(["/old-\(group)", "/\(group)"], limited) where isLimited {
                try mount.setAttribute("ceph.quota.max_bytes", of: directory, to: "0")
            }
        }
        try await fixture.endAdoption()
    }

    @Test("out of a subvolume nothing can be renamed: the message says so, and nothing is left behind")
    func subvolumeAbove() async throws {
        let fixture = try Fixture.blue()
        let path = try await fixture.foreign("data")
        let old = "/old-\(fixture.cluster.group)"
        try await fixture.asAdmin { try $0.setAttribute("ceph.dir.subvolume", of: old, to: "1") }
        let error = await fixture.failure { _ = try await fixture.adopt(path) }
        #expect("\(String(describing: error))".contains("out of a subvolume"), "\(String(describing: error))")
        #expect(try await fixture.names("/\(fixture.cluster.group)").isEmpty)
        #expect(try await fixture.content("\(path)/letter") == "kept")
        try await fixture.asAdmin { try $0.setAttribute("ceph.dir.subvolume", of: old, to: "0") }
        _ = try await fixture.adopt(path)
        try await fixture.endAdoption()
    }

    @Test("of an adoption cut short nothing is listed, and the same command finishes it", arguments: 1...3)
    func interrupted(after step: Int) async throws {
        let fixture = try Fixture.blue()
        let path = try await fixture.foreign("data", quota: 64 << 20)
        let group = fixture.cluster.group
        let data = RandomUUID.make()
        let mark = AdoptionMark(source: fixture.cluster.root + path, data: data)
        let layout = VolumeLayout(root: fixture.cluster.root, group: group, volume: "data")
        // What a process leaves behind that dies after the step.
        try await fixture.asAdmin { mount in
            try mount.makeDirectoryIfMissing("/\(group)", mode: 0o711)
            try mount.makeDirectory(layout.volumePath, mode: 0o711)
            try mount.setAttribute("user.csi.adoption", of: layout.volumePath, to: mark.text)
            let file = try mount.createFile("\(layout.volumePath)/.meta", mode: 0o640)
            try file.write(layout.metadataText(data: data))
            try file.close()
            if step >= 2 { try mount.rename(path, to: layout.dataPath(data)) }
            if step >= 3 { try mount.setAttribute("ceph.dir.subvolume", of: layout.volumePath, to: "1") }
        }
        let create = await fixture.failure {
            try await fixture.provisioner.create(fixture.spec("data"), as: fixture.credentials)
        }
        guard case .alreadyExists = create else { throw Unexpected() }
        #expect(try await fixture.listed().isEmpty)
        let adoption = try await fixture.adopt(path, limit: .quota)
        #expect(adoption.volume.dataPath == layout.absoluteDataPath(data))
        #expect(try await fixture.listed().map(\.volume.id) == [adoption.volume.id])
        #expect(try await fixture.content(layout.dataPath(data) + "/letter") == "kept")
        #expect(try await fixture.leftovers(of: "data.").isEmpty)
        try await fixture.endAdoption()
    }
}
