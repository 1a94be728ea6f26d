import Ceph
import Volumes

extension VolumeDirectory {
    /// The volume's record, as it is written and as it is read.
    ///
    /// - Throws: ``VolumeError/notFound(_:)`` when there is no volume of ours.
    private func existing() throws -> (text: String, record: VolumeRecord) {
        guard let text = try recordText(), !text.isEmpty else {
            throw VolumeError.notFound("there is no volume at \(mount.absolute(layout.volumePath))")
        }
        let record = try ownRecord(text)
        try refuseShallow(record, "volume_id", "expanded or modified")
        return (text, record)
    }

    /// Grows the quota into the range. Never shrinks it: what is above a smaller quota would stay, and no byte more be
    /// taken.
    ///
    /// - Returns: the capacity that holds then; nil for a volume without a quota.
    /// - Throws: ``VolumeMissing`` when another replica has just deleted it.
    func expand(to range: CapacityRange) throws -> Capacity? {
        let (text, record) = try existing()
        let data = layout.dataPath(record.data)
        guard let held = try quota(of: data) else { return nil }
        guard range.limit == 0 || held.bytes <= range.limit else {
            throw VolumeError.outOfRange(
                "capacity_range.limit_bytes (\(range.limit)) is below the volume's capacity (\(held.bytes) bytes), and "
                    + "volumes don't shrink"
            )
        }
        let grown = max(held, range.chosen ?? held)
        if grown > held {
            try orMissing(.limit) {
                try mount.setAttribute(VolumeLayout.quotaAttribute, of: data, to: "\(grown.bytes)")
            }
        }
        // After the quota and at every repeat: a crash in between leaves a record that lags behind, never one that
        // promises too much.
        if record.capacity != grown, let text = try? VolumeRecord.text(text, capacity: grown) {
            try orMissing(.record) {
                try mount.setAttribute(VolumeLayout.recordAttribute, of: layout.volumePath, to: text)
            }
        }
        return grown
    }

    /// Makes the changes. All are judged before the first is made.
    ///
    /// Limit and pin are set whatever they are: a client is not told when another changes a pin, so what this one
    /// reads may be old.
    ///
    /// - Throws: ``VolumeMissing`` when another replica has just deleted it.
    func modify(_ changes: VolumeChanges) throws {
        let record = try existing().record
        let data = layout.dataPath(record.data)
        if let pool = changes.dataPool {
            let held = try orMissing(.find) { try mount.attribute(VolumeLayout.poolAttribute, of: data) }
            if held != pool {
                guard record.properties.isolation == .path else { throw Self.poolIsFixed }
                try set(VolumeLayout.poolAttribute, of: data, to: pool, in: .changePool)
            }
        }
        if let files = changes.maximumFiles {
            try set(VolumeLayout.filesQuotaAttribute, of: data, to: "\(files)", in: .limitFiles)
        }
        if let pin = changes.pin {
            try set(VolumeLayout.pinAttribute, of: data, to: "\(pin)", in: .pin)
        }
    }

    /// The users of such a volume may reach one namespace of one pool, and Ceph would hold files in another for lost.
    private static var poolIsFixed: VolumeError {
        .invalid(
            field: "mutable_parameters[dataPool]",
            fix:
                "can't be changed for a volume with isolation namespace: its users' caps name the pool that it was made "
                + "with. Volumes of a StorageClass with isolation: path can change theirs"
        )
    }

    private func set(_ attribute: String, of data: String, to value: String, in step: Step) throws {
        // ENOENT is what an unknown pool is answered with, too.
        let isThere = try self.step(.find) { try mount.statusIfPresent(data) } != nil
        guard isThere else { throw VolumeError.notFound("its data directory \(mount.absolute(data)) is missing") }
        try self.step(step) { try mount.setAttribute(attribute, of: data, to: value) }
    }

    /// The quota that holds; nil for none.
    private func quota(of data: String) throws -> Capacity? {
        try orMissing(.find) { try mount.attributeIfPresent(VolumeLayout.quotaAttribute, of: data) }
            .flatMap { Int64($0) }.flatMap { Capacity(bytes: $0) }
    }
}
