import Ceph
import Glibc
import Volumes

/// One operation on one volume, on a thread that may block: the mount, where things are, and how far it has got.
///
/// Each operation is one synchronous run from beginning to end. When its request's deadline passes meanwhile, it goes
/// on, so a volume is never left half-way by a slow cluster; the next request finds the result.
struct VolumeDirectory {
    let mount: CephFSMount
    let layout: VolumeLayout
    let context: ErrorContext
    let progress: Progress

    /// Does one step: notes it, and turns what Ceph answers into the domain's terms.
    func step<Value>(_ step: Step, _ body: () throws -> Value) throws -> Value {
        progress.enter(step)
        do {
            return try body()
        } catch let error as CephError {
            mount.doubt(error)
            throw VolumeError(error, in: step, context)
        }
    }

    /// As ``step(_:_:)`` with a volume that was there a moment ago.
    ///
    /// - Throws: ``VolumeMissing`` when it, or a part of it, is gone.
    func orMissing<Value>(_ step: Step, _ body: () throws -> Value) throws -> Value {
        try self.step(step) {
            do {
                return try body()
            } catch let error as CephError where error.code == ENOENT {
                throw VolumeMissing(error: error)
            }
        }
    }

    /// What is at the volume's place.
    enum Found {
        case nothing
        /// Something that the plugin did not make.
        case foreign
        case volume(VolumeRecord)
    }

    /// One getxattr answers it all: nothing is listed or scanned.
    func find() throws -> Found {
        guard let text = try recordText() else { return .nothing }
        guard !text.isEmpty else { return .foreign }
        return .volume(try ownRecord(text))
    }

    /// The volume's record as it is written; empty for a directory without one, nil when there is nothing.
    func recordText() throws -> String? {
        try step(.find) {
            do {
                return try mount.attribute(VolumeLayout.recordAttribute, of: layout.volumePath)
            } catch let error as CephError where error.code == ENOENT {
                return nil
            } catch let error as CephError where error.code == ENODATA {
                return ""
            } catch let error as CephError where error.code == ENOTDIR {
                // A file in the volume's place is nobody's volume; one in its group's is in the way.
                guard try mount.statusIfPresent(layout.volumePath) != nil else { throw error }
                return ""
            }
        }
    }

    /// The volume that a record describes, with the quota that holds now: it may have been changed since.
    ///
    /// - Throws: ``VolumeMissing`` when another replica has just deleted it.
    func volume(_ record: VolumeRecord, id: VolumeID) throws -> Volume {
        if record.isShallow { return shallowVolume(record, id: id) }
        let quota = try orMissing(.find) {
            try mount.attributeIfPresent(VolumeLayout.quotaAttribute, of: layout.dataPath(record.data))
        }
        return Volume(
            id: id,
            requestName: record.requestName,
            capacity: quota.flatMap { Int64($0) }.flatMap { Capacity(bytes: $0) },
            dataPath: layout.absoluteDataPath(record.data),
            properties: record.properties,
            source: record.source
        )
    }
}
