import Ceph
import Glibc
import Synchronization
import Volumes

/// Removes what nobody waits for: deleted volumes from the trash, and what dead attempts left in staging.
///
/// The plugin has credentials only while requests bring some, so the rounds begin with requests: at the first on a new
/// connection, and again when the last round is a while ago. All of it runs in the background lane.
final class Housekeeper: Sendable {
    struct Round {
        var mount: UInt64
        var begun: ContinuousClock.Instant
    }

    struct Work: Hashable {
        let settings: CephSettings
        let path: String
    }

    /// What there is to come back for.
    struct Chore: Hashable {
        enum Kind { case staging, trash }

        let kind: Kind
        let settings: CephSettings
    }

    struct State {
        var rounds: [CephSettings: Round] = [:]
        var purging: Set<Work> = []
        var staging: Set<String> = []
        /// Connections with changes to settle; true once a change came after the settling began.
        var settling: [CephSettings: Bool] = [:]
        /// How long each connection's trash is kept, by the configuration at its last request.
        var retentions: [CephSettings: Duration] = [:]
        /// When each one's trash and staging will be looked at again.
        var wakings: [Chore: ContinuousClock.Instant] = [:]
        /// How long the entries of each one's trash have been watched.
        var kept: [CephSettings: TrashWatch] = [:]
        /// What in each one's staging stands still.
        var standing: [CephSettings: StandstillWatch<String, String>] = [:]
    }

    let connections: CephConnections
    let replica: String
    private let releases: ReleaseReport
    private let interval: Duration
    let foreignAge: Duration
    let copyAge: Duration
    let isIdle: Bool
    let log: CephVolumesLog
    let state = Mutex(State())

    init(
        connections: CephConnections,
        replica: String,
        options: CephVolumeStore.Options,
        log: @escaping CephVolumesLog
    ) {
        self.connections = connections
        self.replica = replica
        releases = ReleaseReport(connections: connections, log: log)
        interval = options.housekeepingInterval
        foreignAge = options.foreignAttemptAge
        isIdle = !options.keepsHouse
        copyAge = options.copyPatience
        self.log = log
    }

    /// Deleted volumes on their way out.
    var backlog: Int { state.withLock { $0.purging.count } }

    /// Runs `body` with a name for a new entry of staging that the sweeper keeps its hands off meanwhile.
    func withStaging<Value>(_ layout: VolumeLayout, _ body: (_ path: String) throws -> Value) rethrows -> Value {
        let name = layout.stagingName(replica: replica, attempt: RandomUUID.make())
        state.withLock { _ = $0.staging.insert(name) }
        defer { state.withLock { _ = $0.staging.remove(name) } }
        return try body("\(VolumeLayout.staging)/\(name)")
    }

    /// Keeps the sweeper's hands off an entry of staging until ``release(_:)``.
    func claim(_ name: String) { state.withLock { _ = $0.staging.insert(name) } }

    /// Leaves an entry of staging to the sweeper.
    func release(_ name: String) { state.withLock { _ = $0.staging.remove(name) } }

    /// Notes that a request used that mount, and begins a round where one is due.
    func noticed(_ mount: UInt64, of settings: CephSettings, on cluster: Cluster) {
        guard !isIdle else { return }
        let isDue = state.withLock { state in
            state.retentions[settings] = cluster.trashRetention
            if let last = state.rounds[settings], last.mount == mount, last.begun.duration(to: .now) < interval {
                return false
            }
            state.rounds[settings] = Round(mount: mount, begun: .now)
            return true
        }
        guard isDue else { return }
        Task.detached { [self] in
            await releases.tell(cluster, settings)
            await sweepStaging(settings)
            await scanTrash(settings)
            await scanRetained(settings)
        }
    }

    /// Has what a request changed written down soon after its answer, instead of within the 5 s that the MDS may take.
    /// Many changes share one flush.
    func settle(_ settings: CephSettings) {
        let isFirst = state.withLock { state in
            let isFirst = state.settling[settings] == nil
            state.settling[settings] = !isFirst
            return isFirst
        }
        guard isFirst else { return }
        Task.detached { [self] in
            repeat {
                state.withLock { $0.settling[settings] = false }
                await attempt("settling", settings) { try $0.settle() }
            } while goesOnSettling(settings)
        }
    }

    private func goesOnSettling(_ settings: CephSettings) -> Bool {
        state.withLock { state in
            let goesOn = state.settling[settings] ?? false
            if !goesOn { state.settling[settings] = nil }
            return goesOn
        }
    }

    /// Does one removal in the background, unless it is being done.
    func remove(_ path: String, _ settings: CephSettings, _ body: @escaping @Sendable () async -> Void) {
        let work = Work(settings: settings, path: path)
        guard state.withLock({ $0.purging.insert(work).inserted }) else { return }
        Task.detached { [self] in
            await body()
            state.withLock { _ = $0.purging.remove(work) }
        }
    }

    /// Nobody waits for the result: a failure is logged, and a later round tries again.
    @discardableResult
    func attempt<Value: Sendable>(
        _ label: String,
        _ settings: CephSettings,
        _ body: @escaping @Sendable (CephFSMount) throws -> Value
    ) async -> Value? {
        do {
            return try await connections.run(settings, label, lane: .background, body)
        } catch is CancellationError {
            return nil
        } catch VolumeError.tampered(let message) {
            log(.security, "\(label) of \(settings.root) failed: \(message)")
            return nil
        } catch {
            log(.warning, "\(label) of \(settings.root) failed, a later round tries again: \(error)")
            return nil
        }
    }
}

/// How much a log line matters.
public enum CephVolumesLogLevel: Sendable, Hashable {
    /// Something happened as it should.
    case info
    /// Something failed that will be tried again.
    case warning
    /// Somebody may have tried to have the plugin do what they may not do themselves.
    case security
}

/// Takes log lines; they never hold a secret.
public typealias CephVolumesLog = @Sendable (_ level: CephVolumesLogLevel, _ message: String) -> Void
