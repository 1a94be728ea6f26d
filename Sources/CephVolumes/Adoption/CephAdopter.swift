import Ceph
import Volumes

/// Makes directories volumes that others made, for an administrator.
public final class CephAdopter: Sendable {
    private let store: CephVolumeStore
    private let naming: VolumeNaming

    init(store: CephVolumeStore, naming: VolumeNaming) {
        self.store = store
        self.naming = naming
    }

    /// What ``adopt(_:as:)`` would do. Changes nothing.
    ///
    /// - Throws: ``VolumeError`` with what is in the way, and what to do about it.
    public func plan(_ spec: AdoptionSpec, as credentials: CephCredentials) async throws -> Adoption {
        let survey = try await self.survey(spec, credentials)
        return survey.plan.adoption(root: survey.request.settings.root, source: survey.source)
    }

    /// Makes the directory a volume. Adopting it again is a success, and goes on with what a crash has cut short.
    ///
    /// - Throws: ``VolumeError`` as ``plan(_:as:)``.
    public func adopt(_ spec: AdoptionSpec, as credentials: CephCredentials) async throws -> Adoption {
        let survey = try await self.survey(spec, credentials)
        let properties = survey.plan.properties
        let request = try store.request(survey.plan.id, credentials, properties: properties)
        let (place, naming, clusterRequest) = (survey.place, naming, survey.request)
        let sweeper = store.sweeper
        // With the volume's lock, so once more.
        let plan = try await store.perform("adopting", request) { work in
            let look = ClusterReader(mount: work.mount, request: clusterRequest)
            let plan = try AdoptionSurvey(look: look, spec: spec, place: place, naming: naming).run()
            try AdoptionWork(work: work, plan: plan, cluster: request.cluster, sweeper: sweeper).run()
            return plan
        }
        return plan.adoption(root: survey.request.settings.root, source: survey.source)
    }

    private struct Survey: Sendable {
        let request: ResolvedCluster
        let place: AdoptionPlace
        let plan: AdoptionPlan

        var source: String { request.settings.root + place.path }
    }

    private func survey(_ spec: AdoptionSpec, _ credentials: CephCredentials) async throws -> Survey {
        let cluster = try store.cluster(spec.cluster)
        let request = try await store.clusterRequest(cluster, as: credentials)
        let place = try AdoptionPlace(spec.path, root: request.settings.root)
        if let other = store.clusters.clusterIDs.compactMap(store.clusters.cluster).first(where: {
            place.contains(AdoptionPlace.Root($0), of: AdoptionPlace.Root(cluster))
        }) {
            throw AdoptionPlace.invalid("contains \(other.root), the root of the cluster \(other.id)")
        }
        let naming = naming
        let plan = try await store.look("examining \(spec.path)", request) { look in
            try AdoptionSurvey(look: look, spec: spec, place: place, naming: naming).run()
        }
        return Survey(request: request, place: place, plan: plan)
    }
}
