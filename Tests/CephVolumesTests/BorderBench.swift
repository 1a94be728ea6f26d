import Ceph
import Cryptography
import Foundation
import Testing
import Volumes

@testable import CephVolumes

/// A group in which an intruder may write, by a user's own key, and a volume in another group.
struct BorderBench: Sendable {
    let fixture: Fixture
    let victim: Volume
    let other: String
    private let intruder: CephCredentials

    var group: String { fixture.cluster.group }
    var uuid: String { fixture.uuid(victim) }

    init() async throws {
        let fixture = try Fixture()
        other = "\(fixture.cluster.group)-other"
        victim = try await fixture.provisioner.create(
            fixture.spec("victim", group: "\(fixture.cluster.group)-other"),
            as: fixture.credentials
        )
        try await fixture.provisioner.create(fixture.spec("first"), as: fixture.credentials)
        try await fixture.write("the victim's", to: victim, "precious")
        let user = "intruder-\(UUID().uuidString.prefix(8).lowercased())"
        let key = try fixture.dev.ceph(
            "auth",
            "get-or-create-key",
            "client.\(user)",
            "mon",
            "allow r",
            "mds",
            "allow rw fsname=\(fixture.cluster.filesystem) path=\(fixture.cluster.root)/\(fixture.cluster.group)",
            "osd",
            "allow rw tag cephfs data=\(fixture.cluster.filesystem)"
        )
        intruder = CephCredentials(
            user: user,
            key: Secret(key.trimmingCharacters(in: .whitespacesAndNewlines))
        )
        self.fixture = fixture
    }

    /// Does something as the intruder, from the group's directory.
    func intrude(_ body: @escaping @Sendable (CephFSMount) throws -> Void) async throws {
        try await fixture.mounted(intruder, "\(fixture.cluster.root)/\(group)") { mount in
            try body(mount)
            try mount.flushJournal()
        }
    }

    /// A volume of the intruder's group, to be replaced.
    func bait() async throws -> Volume {
        let name = "bait-\(UUID().uuidString.prefix(8).lowercased())"
        return try await fixture.provisioner.create(fixture.spec(name), as: fixture.credentials)
    }

    /// The victim's Ceph users.
    func victimUsers() throws -> [String] { try fixture.users().filter { $0.contains(uuid) }.sorted() }

    /// Everything about the victim in the file system that an operation could change.
    func victimState() async throws -> [String] {
        let (base, data) = ("/\(other)/victim", fixture.relative(victim.dataPath))
        let (cluster, other) = (fixture.cluster.id, self.other)
        return try await fixture.asAdmin { mount in
            let names = try mount.entries(base).map(\.text).sorted() + mount.entries(data).map(\.text)
            let record = try mount.attribute(VolumeLayout.recordAttribute, of: base)
            let quota = try mount.attribute(VolumeLayout.quotaAttribute, of: data)
            let files = try mount.attributeIfPresent(VolumeLayout.filesQuotaAttribute, of: data) ?? "0"
            let snapshots = try mount.entries("\(base)/.snap").map(\.text).sorted()
            let group = try mount.entries("/\(other)").map(\.text).sorted()
            return names + [record, quota, files, cluster] + snapshots + group
        }
    }

    /// How many security events of that kind were logged.
    func refusals(_ text: String) -> Int {
        fixture.log.text.split(separator: "\n").count { $0.contains(text) }
    }

    func end() async throws {
        let (other, group) = (self.other, self.group)
        _ = try fixture.dev.ceph("auth", "rm", "client.\(intruder.user)")
        try await fixture.provisioner.delete(victim.id, as: fixture.credentials)
        try await fixture.asAdmin { mount in
            try? mount.removeTree("/\(other)")
            for name in [other, group] { try? mount.removeTree("/_snapshots/\(name)") }
        }
        try await fixture.end()
    }

    /// What can be replaced by a link to the victim's, by name.
    static let links: [(String, @Sendable (BorderBench, Volume) async throws -> Void)] = [
        (
            "the volume",
            { bench, bait in
                try await bench.intrude { mount in
                    try mount.rename("/\(bait.id.volume)", to: "/aside-\(bait.id.volume)")
                    let target = "/\(bench.other)/victim"
                    _ = try mount.directory("/").makeSymlink(Array(bait.id.volume.utf8), to: Array(target.utf8))
                }
            }
        ),
        (
            "the data directory",
            { bench, bait in
                let data = bench.fixture.uuid(bait)
                let target = "/\(bench.other)/victim/\(bench.uuid)"
                try await bench.fixture.asAdmin { [group = bench.group] mount in
                    // The subvolume flag keeps the intruder from moving it out, not from removing what is empty.
                    try mount.removeDirectory("/\(group)/\(bait.id.volume)/\(data)")
                }
                try await bench.intrude { mount in
                    _ = try mount.directory("/\(bait.id.volume)").makeSymlink(Array(data.utf8), to: Array(target.utf8))
                }
            }
        ),
        (
            "the attachments",
            { bench, bait in
                try await bench.intrude { mount in
                    _ = try mount.directory("/\(bait.id.volume)").makeSymlink(
                        Array(".attachments".utf8),
                        to: Array("/\(bench.other)/victim".utf8)
                    )
                }
            }
        ),
    ]

    /// Every operation on a volume.
    static let operations: [(String, @Sendable (BorderBench, Volume) async throws -> Void)] = [
        ("expand", { try await $0.manager.expand($1.id, to: $0.larger, as: $0.credentials).map { _ in } ?? () }),
        (
            "modify",
            { bench, bait in
                var changes = VolumeChanges()
                changes.maximumFiles = 77
                try await bench.manager.modify(bait.id, changes, as: bench.credentials)
            }
        ),
        ("details", { _ = try await $0.manager.details($1.id) }),
        (
            "list",
            {
                _ = try await $0.fixture.listed(pages: 1000); _ = $1
            }
        ),
        (
            "audit",
            { bench, _ in
                let inventory = bench.fixture.backend.inventory
                let cluster = bench.fixture.cluster
                let ids = try await inventory.volumes(of: cluster, group: bench.group, as: bench.credentials)
                for id in ids { _ = try await inventory.facts(id, as: bench.credentials) }
            }
        ),
        (
            "publish",
            { bench, bait in
                for readOnly in [false, true] {
                    let request = AdmissionRequest(volume: bait.id, node: "n", mode: .volume, readOnly: readOnly)
                    _ = try await bench.fixture.issuer().admit(request, as: bench.credentials, fencer: nil)
                }
            }
        ),
        (
            "unpublish",
            { bench, bait in
                try await bench.fixture.issuer().dismiss(bait.id, node: nil, as: bench.credentials, fencer: nil)
            }
        ),
        ("attachments", { _ = try await $0.fixture.issuer().attachments(of: $1.id, as: $0.credentials) }),
        ("backing", { _ = try await $0.fixture.issuer().shallowSource(of: $1.id, as: $0.credentials) }),
        (
            "new users",
            { bench, bait in
                try await bench.fixture.issuer().rotate(bait.id, revoking: true, as: bench.credentials, fencer: nil)
            }
        ),
        (
            "snapshot",
            { bench, bait in
                let name = "snap-\(bait.id.volume)"
                let id = try bench.fixture.id(name)
                try await bench.fixture.snapshots().takeSnapshot(id, name: name, of: bait.id, as: bench.credentials)
                try await bench.fixture.snapshots().deleteSnapshot(id, as: bench.credentials)
            }
        ),
        (
            "group snapshot",
            { bench, bait in
                let name = "group-\(bait.id.volume)"
                try await bench.fixture.removeGroup(bench.fixture.takeGroup(name, of: bait.id.volume, "first"))
            }
        ),
        (
            "clone",
            { bench, bait in
                let name = "clone-\(bait.id.volume)"
                var spec = try bench.fixture.spec(name, bytes: 1 << 34)
                spec.source = .volume(bait.id)
                let volume = try await bench.fixture.provisioner.create(spec, as: bench.credentials)
                try await bench.fixture.provisioner.delete(volume.id, as: bench.credentials)
            }
        ),
        (
            "create",
            { bench, bait in
                try await bench.fixture.provisioner.create(bench.fixture.spec(bait.id.volume), as: bench.credentials)
            }
        ),
        (
            "adopt",
            { bench, bait in
                do {
                    _ = try await bench.fixture.adopt("/\(bench.group)/\(bait.id.volume)")
                } catch VolumeError.invalid, VolumeError.alreadyExists, VolumeError.preconditionFailed {
                    // Refused for what it is.
                }
            }
        ),
        ("delete", { try await $0.fixture.provisioner.delete($1.id, as: $0.credentials) }),
    ]

    private var manager: CephVolumeManager { fixture.manager }
    private var credentials: CephCredentials { fixture.credentials }
    private var larger: CapacityRange {
        get throws { try CapacityRange(required: 1 << 33, limit: 0) }
    }
}
