import Ceph
import Glibc
import System
import Volumes

/// Making a volume: complete in staging, then one rename publishes it.
///
/// The order of the calls decides the time, for three kinds of them wait: attributes that the MDS journals before it
/// answers (`ceph.dir.subvolume`, `ceph.dir.layout.*`, `ceph.quota.*`: one flush of its journal each), writes (of the
/// access check and of `.meta`: one OSD write each), and a rename while attributes of the moved directory are not yet
/// flushed (one flush). So:
/// - the subvolume flag comes first: after other attributes of the same inode it costs up to twice as much;
/// - data directory and layout come next, and the access check, which must remove its file before the quota: a removal
///   after it makes the rename wait;
/// - `.meta` is written buffered, and is on its way to the OSD during what follows; the fsync just before the rename
///   finds it done, and so it survives the death of this process;
/// - the record goes before the quota, whose flush takes it along: after it, it makes the rename wait.
///
/// Medians of single calls in C on a two-core machine with one MDS: 7.0 ms without the access check; the check itself
/// 0.6 to make the file, 0.9 to write, 0.4 to read, 0.4 to remove it, and the quota waits 1.2 ms longer. Left to itself
/// libcephfs asks the OSDs twice about every new namespace, another 1.2 ms: see `client_check_pool_perm` in
/// `CephSettings`. The attributes of one volume are never set in parallel: that stalls until the MDS's next tick.
struct VolumeCreation {
    let work: VolumeDirectory
    let spec: VolumeSpec
    /// The attempt's directory in staging.
    let staged: String
    /// The data directory's name.
    let data: String

    private var mount: CephFSMount { work.mount }
    var stagedData: String { "\(staged)/\(data)" }

    /// Makes it in staging and publishes it. What was made is removed when a step fails.
    ///
    /// - Throws: ``VolumeError``; ``NameTaken`` when somebody else has published the name meanwhile; ``TakenAway``.
    func run() throws -> Volume {
        try makePlace()
        do {
            let record = try build()
            try publish()
            return volume(record)
        } catch {
            guard !mount.isLost, let isThere = try? mount.statusIfPresent(staged) != nil else { throw error }
            guard isThere else { throw error is NameTaken ? error : TakenAway() }
            // Of no use to anybody; should it fail too, the sweeper removes the leftovers.
            try? mount.removeTree(staged)
            throw error
        }
    }

    /// - Throws: ``TakenAway`` when there is no staging.
    private func makePlace() throws {
        try work.step(.stage) {
            do {
                try mount.makeDirectory(staged, mode: VolumeLayout.passageMode)
            } catch let error as CephError where error.code == ENOENT {
                throw TakenAway()
            }
        }
    }

    /// What it is once it is published.
    func volume(_ record: VolumeRecord) -> Volume {
        Volume(
            id: spec.id,
            requestName: record.requestName,
            capacity: record.capacity,
            dataPath: work.layout.absoluteDataPath(data),
            properties: record.properties,
            source: record.source
        )
    }

    private func build() throws -> VolumeRecord {
        try work.step(.flag) { try mount.setAttribute(VolumeLayout.subvolumeAttribute, of: staged, to: "1") }
        try makeData()
        try choosePool()
        try AccessCheck(work: work, step: .checkAccess, making: .makeData)
            .run(in: stagedData, name: VolumeLayout.checkName)
        let metadata = try writeMetadata()
        let record = try writeRecord()
        try limit(record.capacity)
        try change()
        try work.step(.writeMetadata) {
            try metadata.synchronizeData()
            try metadata.close()
        }
        return record
    }

    func limit(_ capacity: Capacity?) throws {
        guard let capacity else { return }
        try work.step(.limit) {
            try mount.setAttribute(VolumeLayout.quotaAttribute, of: stagedData, to: "\(capacity.bytes)")
        }
    }

    /// Sets what can be changed later.
    func change() throws {
        if let files = spec.changes.maximumFiles {
            try work.step(.limitFiles) {
                try mount.setAttribute(VolumeLayout.filesQuotaAttribute, of: stagedData, to: "\(files)")
            }
        }
        if let pin = spec.changes.pin {
            try work.step(.pin) { try mount.setAttribute(VolumeLayout.pinAttribute, of: stagedData, to: "\(pin)") }
        }
    }

    func writeMetadata(replacing: Bool = false) throws -> CephFile {
        try work.step(.writeMetadata) {
            let path = VolumeLayout.metadataPath(in: staged)
            let file = try mount.createFile(path, mode: VolumeLayout.metadataMode, replacing: replacing)
            try file.write(work.layout.metadataText(data: data))
            return file
        }
    }

    @discardableResult
    func writeRecord() throws -> VolumeRecord {
        let record = VolumeRecord(
            requestName: spec.requestName,
            group: work.layout.group,
            data: data,
            capacity: spec.capacity.chosen,
            properties: spec.properties,
            source: spec.source,
            created: WallClock.now.compact
        )
        try work.step(.record) {
            try mount.setAttribute(VolumeLayout.recordAttribute, of: staged, to: record.text)
        }
        return record
    }

    func makeData() throws {
        let properties = spec.properties
        _ = try work.step(.makeData) { try mount.makeDirectoryIfMissing(stagedData, mode: properties.mode) }
        if properties.uid != 0 || properties.gid != 0 {
            try work.step(.own) { try mount.setOwner(stagedData, uid: properties.uid, gid: properties.gid) }
        }
    }

    func choosePool() throws {
        try work.step(.choosePool) {
            if let pool = spec.properties.dataPool {
                try mount.setAttribute(VolumeLayout.poolAttribute, of: stagedData, to: pool)
            }
            // A directory's first layout copies what it inherited, and staging's has the namespace of the mgr's
            // records, where the volume's users could read and write nothing. So this is set in any case. It also
            // gives the directory a layout of its own, without which `ceph fs subvolume info` fails.
            let namespace = VolumeLayout.namespace(of: data, spec.properties.isolation)
            try mount.setAttribute(VolumeLayout.namespaceAttribute, of: stagedData, to: namespace)
        }
    }

    /// The rename, and a look at what it has published: nothing is acknowledged that is not whole, whoever may have taken
    /// the attempt for dead before.
    ///
    /// - Throws: ``NameTaken``; ``TakenAway`` when it was not whole, and so is not there any more.
    func publish() throws {
        try rename()
        guard try !isWhole() else { return }
        if try work.data(at: work.layout.volumePath) == data { _ = try work.discard(work.layout.volumePath) }
        throw TakenAway()
    }

    /// The rename alone.
    func rename() throws {
        try work.step(.publish) {
            do {
                try mount.rename(staged, to: work.layout.volumePath)
            } catch let error as CephError where error.code == ENOTEMPTY || error.code == EEXIST {
                throw NameTaken()
            }
        }
    }

    /// Its client knows both from making them, so this asks nobody.
    private func isWhole() throws -> Bool {
        let place = work.layout.volumePath
        return try work.step(.publish) {
            guard try mount.statusIfPresent("\(place)/\(data)")?.isDirectory == true else { return false }
            return try mount.statusIfPresent(VolumeLayout.metadataPath(in: place)).map { $0.size > 0 } ?? false
        }
    }
}
