import Ceph
import Glibc
import Volumes

extension VolumeDirectory {
    /// How closely a volume is looked at.
    enum Depth {
        /// As one of many: its capacity is the one written down, its attachments are looked for where a mark says that
        /// there are any, and its data where its directory has fewer entries than it should. So most volumes cost one
        /// question to the MDS.
        case listed
        /// By itself: the quota that holds, and whatever attachments there are.
        case thorough
    }

    /// The volume with its nodes and its condition; nil when there is none of ours.
    func details(_ id: VolumeID, _ depth: Depth) throws -> VolumeDetails? {
        guard let text = try recordText(), !text.isEmpty else { return nil }
        let record: VolumeRecord
        do {
            record = try ownRecord(text)
        } catch let error as VolumeError {
            return damaged(id, error, nodes: try nodes(depth) ?? [])
        }
        if record.isShallow { return try shallowDetails(record, id, depth, nodes: nodes(depth) ?? []) }
        let data = layout.dataPath(record.data)
        var volume = Volume(
            id: id,
            requestName: record.requestName,
            capacity: record.capacity,
            dataPath: layout.absoluteDataPath(record.data),
            properties: record.properties
        )
        let nodes = try nodes(depth)
        if depth == .listed, try seemsWhole(entries: nodes == nil ? 2 : 3) || hasDirectory(data) {
            return VolumeDetails(volume: volume, nodes: nodes ?? [], condition: Self.well)
        }
        if depth == .thorough, try hasDirectory(data) {
            do {
                volume = try self.volume(record, id: id)
            } catch is VolumeMissing {
                return nil
            }
            return VolumeDetails(volume: volume, nodes: nodes ?? [], condition: Self.well)
        }
        // Deleted between the two looks, or damaged.
        guard try step(.list, { try mount.statusIfPresent(layout.volumePath) }) != nil else { return nil }
        let message = "its data directory \(volume.dataPath) is missing: restore it, or delete the volume"
        let condition = VolumeCondition(isAbnormal: true, message: message)
        return VolumeDetails(volume: volume, nodes: nodes ?? [], condition: condition)
    }

    /// As one of many it is taken for whole: its snapshot can't go before it.
    private func shallowDetails(
        _ record: VolumeRecord,
        _ id: VolumeID,
        _ depth: Depth,
        nodes: [String]
    ) throws -> VolumeDetails {
        var condition = Self.well
        if depth == .thorough {
            do {
                _ = try shallowSource(record)
            } catch VolumeError.preconditionFailed(let message) {
                condition = VolumeCondition(isAbnormal: true, message: message)
            }
        }
        return VolumeDetails(volume: shallowVolume(record, id: id), nodes: nodes, condition: condition)
    }

    /// A volume of which no more is known than its place.
    private func damaged(_ id: VolumeID, _ error: VolumeError, nodes: [String]) -> VolumeDetails {
        let message =
            switch error {
            case .unexpected(let text), .preconditionFailed(let text), .tampered(let text): text
            default: "its record can't be read"
            }
        let path = mount.absolute(layout.volumePath)
        let properties = VolumeProperties()
        return VolumeDetails(
            volume: Volume(id: id, requestName: id.volume, capacity: nil, dataPath: path, properties: properties),
            nodes: nodes,
            condition: VolumeCondition(isAbnormal: true, message: message)
        )
    }

    private static let well = VolumeCondition(isAbnormal: false, message: "the volume is complete")

    private func hasDirectory(_ path: String) throws -> Bool {
        try step(.list) { try mount.statusIfPresent(path)?.isDirectory ?? false }
    }

    /// Whether the volume's directory has what belongs there: the mgr's record, the data, and the attachments, if any.
    private func seemsWhole(entries: UInt64) throws -> Bool {
        try step(.list) { try mount.entryCountIfPresent(layout.volumePath) ?? 0 } >= entries
    }

    /// The CSI ids of the nodes that it is published to. Most volumes of a long list are published to none; the mark is
    /// an attribute beside the record, so looking for it asks nobody.
    ///
    /// - Returns: nil for one that has never been published, as far as the mark says.
    private func nodes(_ depth: Depth) throws -> [String]? {
        if depth == .listed {
            let mark: String? = try step(.list) {
                do {
                    return try mount.attributeIfPresent(VolumeLayout.publishedAttribute, of: layout.volumePath)
                } catch let error as CephError where error.code == ENOENT {
                    return nil
                }
            }
            guard mark != nil else { return nil }
        }
        do {
            return try attachments().compactMap(\.record?.nodeID)
        } catch VolumeError.unexpected, VolumeError.notFound, VolumeError.tampered {
            // Deleted meanwhile, or an entry that can't be read: the volume is listed all the same.
            return []
        }
    }
}
