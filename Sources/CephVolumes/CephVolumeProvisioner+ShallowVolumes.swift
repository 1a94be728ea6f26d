import Ceph
import Volumes

extension CephVolumeProvisioner {
    /// Makes a volume that shows a snapshot, or finds the one that an equal request has made.
    func makeShallow(_ spec: VolumeSpec, _ request: ResolvedVolume) async throws -> Volume {
        guard case .snapshot(let snapshot) = spec.source else {
            throw VolumeError.invalid(
                field: "volume_content_source",
                fix: "must be a snapshot: with the parameter backingSnapshot the volume shows one"
            )
        }
        guard snapshot.cluster == spec.id.cluster, snapshot.filesystem == spec.id.filesystem else {
            throw VolumeError.invalid(
                field: "volume_content_source",
                fix:
                    "must be on the cluster and file system of the new volume, \(spec.id.cluster):\(spec.id.filesystem)"
            )
        }
        let volume = try await store.perform("creating", on: snapshot, request) { [self] work in
            try LostRaces.retrying("creating and deleting the volume") {
                do {
                    if let existing = try existing(spec, work) { return existing }
                    return try preparing(request, work) {
                        try store.sweeper.withEntry(request.layout) { staged in
                            try ShallowVolumeCreation(work: work, spec: spec, snapshot: snapshot, staged: staged).run()
                        }
                    }
                } catch let race as any LostRace {
                    throw race
                } catch {
                    forgetPreparations(request)
                    throw error
                }
            }
        }
        store.names.added(spec.id)
        store.journal.flush(request.settings)
        return volume
    }
}
