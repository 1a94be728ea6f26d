import Ceph
import Testing
import Volumes

@testable import CephVolumes

extension Fixture {
    /// The snapshots of that provisioner's process.
    func snapshots(_ other: CephBackend? = nil) -> CephSnapshotManager {
        (other ?? backend).snapshots
    }

    @discardableResult
    func take(_ name: String, of volume: String) async throws -> Snapshot {
        try await snapshots().takeSnapshot(id(name), name: name, of: id(volume), as: credentials)
    }

    func remove(_ name: String) async throws {
        try await snapshots().deleteSnapshot(id(name), as: credentials)
    }

    /// The data directory's name.
    func uuid(_ volume: Volume) -> String {
        volume.dataPath.split(separator: "/").last.map(String.init) ?? ""
    }

    /// Writes a file of the volume anew.
    func write(_ text: String, to volume: Volume, _ name: String) async throws {
        let path = "\(relative(volume.dataPath))/\(name)"
        try await asAdmin { mount in
            let file = try mount.createFile(path, mode: 0o644, replacing: true)
            try file.write(text)
            try file.synchronizeData()
            try file.close()
            try mount.flushJournal()
        }
    }

    /// What the OSDs have of a file.
    func read(_ path: String) async throws -> String {
        try await asAdmin { mount in
            let file = try mount.openFile(path)
            defer { try? file.close() }
            return try file.read(upTo: 1 << 16)
        }
    }

    /// Deletes the volumes and looks for anything that is left of them or of snapshots of this group.
    func end(volumes: String...) async throws {
        for volume in volumes { try await provisioner.delete(id(volume), as: credentials) }
        let group = cluster.group
        var left: [String] = []
        // The removal of fresh files waits for the MDS's ticks, 5 s each, now and then.
        _ = try await until(.seconds(60)) {
            left = try await names("/_retained").filter { $0.hasPrefix("\(group).") }
            left += try await names("/_snapshots/\(group)")
            for volume in volumes { left += try await leftovers(of: volume) }
            return left.isEmpty
        }
        #expect(left == [], "left in _retained, _snapshots, _staging or _trash; the log: \(log.text)")
        try await asAdmin { try? $0.removeDirectory("/_snapshots/\(group)") }
        try await end()
    }
}
