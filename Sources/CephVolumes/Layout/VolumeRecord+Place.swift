import Volumes

/// Whether a volume's record belongs where it was found. Who can write in a group can write any record there, another
/// volume's for example, and what it says decides which paths and users the provisioner works on.
extension VolumeRecord {
    /// Refuses a record that is not of the volume at that place.
    ///
    /// - Parameters:
    ///   - isAdopted: whether the volume was adopted; such a one may have any CSI name.
    ///   - path: where it was found, for the message.
    /// - Throws: ``VolumeError/tampered(_:)`` that says what does not agree.
    func verify(group: String, volume: String, isAdopted: @autoclosure () throws -> Bool, path: String) throws {
        func refuse(_ what: String) throws -> Never {
            throw VolumeError.tampered(Self.notItsOwn(path, what))
        }
        if self.group != group { try refuse("it is of a volume of the group \(self.group.debugDescription)") }
        if !FileName.isSafe(data) { try refuse("it names the data directory \(data.debugDescription)") }
        if !VolumeNaming.mayName(volume, requestName), try !isAdopted() {
            try refuse("it is of the volume that was requested as \(requestName.debugDescription)")
        }
    }
}

extension VolumeDirectory {
    /// Reads the volume's record, which must be its own.
    func ownRecord(_ text: String) throws -> VolumeRecord {
        let record = try VolumeRecord(text: text, path: mount.absolute(layout.volumePath))
        try verify(record, at: layout.volumePath, group: layout.group, volume: layout.volume)
        return record
    }

    /// As ``VolumeRecord/verify(group:volume:isAdopted:path:)`` for the live volume in that directory.
    func verify(_ record: VolumeRecord, at path: String, group: String, volume: String) throws {
        try record.verify(
            group: group,
            volume: volume,
            isAdopted: try adoptionMark(at: path) != nil,
            path: mount.absolute(path)
        )
    }
}
