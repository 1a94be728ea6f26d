import Ceph
import Synchronization
import Volumes

/// Volumes as directories of CephFS, by libcephfs.
///
/// There is no state but the file system's: the directory with its record is the volume, the trash is the list of what
/// is to be removed. So any replica can serve any request, and a crash at any point leaves nothing to reconcile.
public final class CephVolumeProvisioner: VolumeProvisioner {
    let store: CephVolumeStore
    let copies: VolumeCopies
    /// Groups seen on a mount, and under "" the mount whose staging was seen to be right.
    private let prepared = Mutex<[CephSettings: (mount: UInt64, groups: Set<String>)]>([:])

    init(store: CephVolumeStore, copies: VolumeCopies) {
        self.store = store
        self.copies = copies
    }

    /// See ``VolumeProvisioner/create(_:as:)``.
    @discardableResult
    public func create(_ spec: VolumeSpec, as credentials: CephCredentials) async throws -> Volume {
        let request = try store.request(spec.id, credentials, properties: spec.properties)
        if spec.isShallow { return try await makeShallow(spec, request) }
        if let source = spec.source { return try await copy(source, spec, request) }
        let volume = try await store.perform("creating", request) { [self] work in
            let volume = try makeOrFind(spec, request, work)
            store.names.added(spec.id)
            return volume
        }
        store.journal.flush(request.settings)
        return volume
    }

    /// See ``VolumeProvisioner/delete(_:as:patience:)``.
    public func delete(_ id: VolumeID, as credentials: CephCredentials?, patience: Duration) async throws {
        let user = try await store.user(credentials, of: store.cluster(id.cluster))
        let request = try store.request(id, user)
        try await copies.cancel(id)
        guard let place = try await moveAway(request, patience) else { return }
        store.journal.flush(request.settings)
        switch place {
        case .trashed(let name):
            store.purger.trashed(name, of: request.settings, keeping: request.cluster.trashRetention)
        case .retained(let place): store.purger.empty(place, of: request.settings)
        // There is nothing in it to be restored, and its snapshot may be gone already.
        case .spent(let name): store.purger.purge(name, of: request.settings)
        }
    }

    /// See ``VolumeProvisioner/volume(_:as:)``.
    public func volume(_ id: VolumeID, as credentials: CephCredentials) async throws -> Volume? {
        try await store.perform("looking up", store.request(id, credentials)) { work in
            guard case .volume(let record) = try work.find() else { return nil }
            do {
                return try work.volume(record, id: id)
            } catch is VolumeMissing {
                return nil
            }
        }
    }

    /// See ``VolumeProvisioner/impairment``.
    public var impairment: String? { store.impairment }
}

extension CephVolumeProvisioner {
    /// Moves the volume out of the way, as soon as no node has it. The lock is free between two looks, since detaching
    /// needs it; and each look asks Ceph, for another replica may be the one that detaches.
    private func moveAway(_ request: ResolvedVolume, _ patience: Duration) async throws -> RemovedVolume? {
        let deletion = VolumeDeletion(prefix: request.cluster.userPrefix)
        let end = ContinuousClock.now + patience
        var pause = Duration.milliseconds(100)
        while true {
            let result = try await store.performSteps("deleting", request) { [store] steps in
                let result = try await deletion.run(steps)
                if case .away = result { store.names.removed(request.id) }
                return result
            }
            switch result {
            case .away(let place): return place
            case .published(let refusal):
                guard ContinuousClock.now + pause < end else { throw refusal }
                try await Task.sleep(for: pause)
                pause = min(pause * 2, .seconds(1))
            }
        }
    }

    /// Replicas do not see each other's locks: one may publish or delete the name between two looks of another, which
    /// then looks again.
    private func makeOrFind(_ spec: VolumeSpec, _ request: ResolvedVolume, _ work: VolumeDirectory) throws -> Volume {
        try LostRaces.retrying("creating and deleting the volume") {
            if let existing = try existing(spec, work) { return existing }
            return try preparing(request, work) {
                try store.sweeper.withEntry(request.layout) { staged in
                    try VolumeCreation(work: work, spec: spec, staged: staged, data: RandomUUID.make()).run()
                }
            }
        }
    }

    /// The volume of that name, if there is one that fits the request.
    func existing(_ spec: VolumeSpec, _ work: VolumeDirectory) throws -> Volume? {
        switch try work.find() {
        case .nothing:
            return nil
        case .foreign:
            let path = work.mount.absolute(work.layout.volumePath)
            throw VolumeError.alreadyExists(conflict: "\(path) exists and was not created by this plugin")
        case .volume(let record):
            let volume = try work.volume(record, id: spec.id)
            if let conflict = spec.conflict(with: volume) { throw VolumeError.alreadyExists(conflict: conflict) }
            if volume.isShallow { return volume }
            try store.sweeper.withEntry(work.layout) { try work.repairMetadata(data: record.data, scratch: $0) }
            return volume
        }
    }

    /// Runs `body`, which makes a volume, with all that it needs. When it fails, that is looked at again by the next request:
    /// somebody may have removed staging or the group since they were seen.
    func preparing<Value>(_ request: ResolvedVolume, _ work: VolumeDirectory, _ body: () throws -> Value) throws
        -> Value
    {
        let isNew = try prepare(request, work)
        do {
            return try body()
        } catch is NameTaken {
            throw NameTaken()
        } catch {
            prepared.withLock { $0[request.settings] = nil }
            // A refused request leaves no group either; one that others use by now is not empty.
            if isNew, !work.mount.isLost { try? work.mount.removeDirectory(work.layout.groupPath) }
            throw error
        }
    }

    /// What every volume of a group needs, looked at once for each mount.
    ///
    /// - Returns: whether this made the group.
    private func prepare(_ request: ResolvedVolume, _ work: VolumeDirectory) throws -> Bool {
        let seen = prepared.withLock { $0[request.settings] }
        let groups = seen?.mount == work.mount.id ? seen?.groups : nil
        if groups == nil {
            try work.preparePlaces()
            try store.sweeper.withEntry(work.layout) { try work.checkRecords(scratch: $0) }
        }
        guard groups?.contains(request.id.group) != true else { return false }
        let isNew = try work.prepareGroup(
            creates: request.cluster.createsGroups,
            isRequested: request.id.group != request.cluster.group
        )
        prepared.withLock { $0[request.settings] = (work.mount.id, (groups ?? []).union([request.id.group])) }
        return isNew
    }

    func forgetPreparations(_ request: ResolvedVolume) {
        prepared.withLock { $0[request.settings] = nil }
    }
}
