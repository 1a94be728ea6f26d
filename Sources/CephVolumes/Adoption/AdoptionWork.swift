import Ceph
import Glibc
import System
import Volumes

/// Making a directory a volume, as planned.
///
/// A directory moves in four steps, after each of which the same command goes on where a crash has cut it short:
/// 1. the volume's directory is made in staging, with the mgr's record and a mark that says what is to come, and renamed to
///    its place; having no record of the plugin's it is no volume yet. The data never lies in staging, which is swept;
/// 2. the data directory takes its layout along: until then it may have inherited it;
/// 3. one rename moves it. Contents are not touched, clients that have it mounted go on;
/// 4. flag and quota, and last of all the record, which makes it a volume.
///
/// The flag comes after the move, for nothing can be renamed into a subvolume.
struct AdoptionWork {
    let work: VolumeDirectory
    let plan: AdoptionPlan
    let cluster: Cluster
    let sweeper: StagingSweeper

    private var mount: CephFSMount { work.mount }
    private var layout: VolumeLayout { work.layout }
    private var data: String { layout.dataPath(plan.data) }

    /// Does what is left to do.
    func run() throws {
        switch plan.kind {
        case .adopted: return
        case .moved: break
        case .directory:
            try prepare()
            try keepLayout(of: plan.source)
            try move()
        case .subvolume(let version):
            try checkAccess()
            try mark(layout.volumePath, from: data)
            try keepLayout(of: data)
            if version == 1 { try upgrade() }
        }
        try finish()
    }

    /// Step 1.
    private func prepare() throws {
        try work.preparePlaces()
        try checkAccess()
        _ = try work.prepareGroup(creates: cluster.createsGroups, isRequested: false)
        guard try work.step(.examine, { try mount.statusIfPresent(layout.volumePath) }) == nil else { return }
        try sweeper.withEntry(layout) { staged in
            do {
                try work.step(.stage) { try mount.makeDirectory(staged, mode: VolumeLayout.passageMode) }
                try mark(staged, from: plan.source)
                try writeMetadata(to: VolumeLayout.metadataPath(in: staged))
                try publish(staged)
            } catch {
                if !mount.isLost { try? mount.removeTree(staged) }
                throw error
            }
        }
    }

    private func publish(_ staged: String) throws {
        try work.step(.publish) {
            do {
                try mount.rename(staged, to: layout.volumePath)
                // The mark before what it tells of.
                try mount.flushJournal()
            } catch let error as CephError where error.code == ENOTEMPTY || error.code == EEXIST {
                throw VolumeError.alreadyExists(
                    conflict: "--name: \(mount.absolute(layout.volumePath)) was created concurrently: give another"
                )
            }
        }
    }

    private func mark(_ directory: String, from source: String) throws {
        let mark = AdoptionMark(source: mount.absolute(source), data: plan.data)
        try work.step(.stage) {
            try mount.setAttribute(VolumeLayout.adoptionAttribute, of: directory, to: mark.text)
        }
    }

    private func writeMetadata(to path: String) throws {
        try work.step(.writeMetadata) {
            let file = try mount.createFile(path, mode: VolumeLayout.metadataMode)
            try file.write(layout.metadataText(data: plan.data))
            try file.synchronizeData()
            try file.close()
        }
    }

    /// Shows that files in such a layout can be written and read, on a directory that is nobody's.
    private func checkAccess() throws {
        try work.preparePlaces()
        try sweeper.withEntry(layout) { scratch in
            defer { if !mount.isLost { try? mount.removeTree(scratch) } }
            try work.step(.stage) { try mount.makeDirectory(scratch, mode: VolumeLayout.privateMode) }
            try setLayout(of: scratch)
            let check = AccessCheck(work: work, step: .checkAccess, making: .stage)
            try check.run(in: scratch, name: VolumeLayout.checkName)
        }
    }

    private func setLayout(of directory: String) throws {
        try work.step(.choosePool) {
            if let pool = plan.layout.pool {
                try mount.setAttribute(VolumeLayout.poolAttribute, of: directory, to: pool)
            }
            try mount.setAttribute(VolumeLayout.namespaceAttribute, of: directory, to: plan.layout.namespace)
        }
    }

    /// Step 2: a layout of its own that says what it inherited. Users' caps are made from it.
    private func keepLayout(of directory: String) throws {
        guard !plan.layout.isOwn else { return }
        try setLayout(of: directory)
    }

    /// Step 3.
    private func move() throws {
        try work.step(.move) {
            do {
                try mount.rename(plan.source, to: data)
                try mount.flushJournal()
            } catch let error as CephError where error.code == EXDEV {
                withdraw()
                throw error
            }
        }
    }

    /// Removes what step 1 made, when the data can't come there.
    private func withdraw() {
        try? mount.unlink(VolumeLayout.metadataPath(in: layout.volumePath))
        try? mount.removeDirectory(layout.volumePath)
    }

    /// A subvolume of version 1 becomes one of version 2, as the manager's own upgrade does it: the flag moves from the data
    /// directory to the subvolume's, and the record says so.
    private func upgrade() throws {
        try work.step(.flag) { try mount.setAttribute(VolumeLayout.subvolumeAttribute, of: data, to: "0") }
        try sweeper.withEntry(layout) { scratch in
            do {
                try writeMetadata(to: scratch)
                try work.step(.writeMetadata) {
                    try mount.rename(scratch, to: VolumeLayout.metadataPath(in: layout.volumePath))
                }
            } catch {
                if !mount.isLost { try? mount.unlink(scratch) }
                throw error
            }
        }
    }

    /// Step 4.
    private func finish() throws {
        try flag()
        if let capacity = plan.capacity, capacity != plan.quota {
            try work.step(.limit) {
                try mount.setAttribute(VolumeLayout.quotaAttribute, of: data, to: "\(capacity.bytes)")
            }
        }
        let record = VolumeRecord(
            requestName: plan.name,
            group: layout.group,
            data: plan.data,
            capacity: plan.capacity,
            properties: plan.properties,
            created: WallClock.now.compact
        )
        try work.step(.record) {
            try mount.setAttribute(VolumeLayout.recordAttribute, of: layout.volumePath, to: record.text)
        }
        // Again: the MDS journals it before it answers, and the record with it.
        try flag()
    }

    private func flag() throws {
        try work.step(.flag) {
            try mount.setAttribute(VolumeLayout.subvolumeAttribute, of: layout.volumePath, to: "1")
        }
    }
}
