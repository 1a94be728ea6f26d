import Ceph
import Volumes

/// Volumes with content.
extension CephVolumeProvisioner {
    /// Where a request for a volume with content stands.
    private enum Stand: Sendable {
        case made(Volume)
        case copying(VolumeCopy)
    }

    /// Makes a volume whose content is copied: begins the copy, or finds the one that an equal request has begun, and
    /// waits for it for a while.
    ///
    /// - Throws: ``VolumeError/inProgress(step:)`` with how far it is.
    func copy(_ source: ContentSource, _ spec: VolumeSpec, _ request: ResolvedVolume) async throws -> Volume {
        let stand = try await store.perform("creating", request) { [self] work in
            do {
                return try findOrBegin(source, spec, request, work)
            } catch {
                // Somebody may have removed staging or the group since they were seen.
                forgetPreparations(request)
                throw error
            }
        }
        let volume =
            switch stand {
            case .made(let volume): volume
            case .copying(let copy): try await copy.wait(store.options.copyWait)
            }
        store.names.added(spec.id)
        return volume
    }

    private func findOrBegin(
        _ source: ContentSource,
        _ spec: VolumeSpec,
        _ request: ResolvedVolume,
        _ work: VolumeDirectory
    ) throws -> Stand {
        // Before the volume is looked for: a copy ends by publishing it.
        if let copy = copies.running(spec.id), !copy.isOver {
            guard copy.spec == spec else {
                throw VolumeError.alreadyExists(
                    conflict: "the name is taken by a volume that is being made from "
                        + "\(copy.spec.source?.text ?? "nothing") by another request"
                )
            }
            return .copying(copy)
        }
        do {
            if let volume = try existing(spec, work) { return .made(volume) }
        } catch is VolumeMissing {
            // Just deleted by another replica.
        }
        return .copying(try preparing(request, work) { try begin(source, spec, request, work) })
    }

    private func begin(
        _ source: ContentSource,
        _ spec: VolumeSpec,
        _ request: ResolvedVolume,
        _ work: VolumeDirectory
    ) throws -> VolumeCopy {
        let staged = "\(VolumeLayout.staging)/\(VolumeLayout.copyName(spec))"
        let record = try CopyPreparation(
            work: work,
            spec: spec,
            source: source,
            replica: store.sweeper.replica,
            staged: staged,
            isDead: { [copies, store] record in
                copies.isDead(staged, record, patience: store.options.copyHeartbeat * 6)
            },
            purge: { [store] in store.purger.purge($0, of: request.settings) }
        ).run()
        let copy = VolumeCopy(spec, record, staged: staged, request: request, store: store)
        try copies.begin(copy, store.sweeper)
        return copy
    }
}
