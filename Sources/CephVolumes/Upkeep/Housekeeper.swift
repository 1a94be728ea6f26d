import Bytes
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
        enum Kind: CaseIterable { case staging, trash, retained }

        let kind: Kind
        let settings: CephSettings
    }

    struct State {
        var rounds: [CephSettings: Round] = [:]
        var purging: Set<Work> = []
        var staging: Set<String> = []
        /// Connections whose journal is to be flushed; true once a change came after the flush began.
        var flushing: [CephSettings: Bool] = [:]
        /// How long each connection's trash is kept, by the configuration at its last request.
        var retentions: [CephSettings: Duration] = [:]
        /// When each one's trash, staging and retained volumes will be looked at again.
        var wakings: [Chore: ContinuousClock.Instant] = [:]
        /// How long the entries of each one's trash have been watched.
        var kept: [CephSettings: TrashWatch] = [:]
        /// What in each one's staging stands still.
        var standing: [CephSettings: StandstillWatch<String, String>] = [:]
        /// How long to wait after the next failure of each piece of work.
        var pauses: [Work: Duration] = [:]
    }

    /// How long after a failure the same is tried again.
    private static let firstPause = Duration.seconds(5)

    let connections: CephConnections
    let replica: String
    private let releases: ReleaseReport
    let interval: Duration
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
        interval = options.upkeepInterval
        foreignAge = options.foreignAttemptAge
        isIdle = !options.runsUpkeep
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
            for kind in Chore.Kind.allCases { await perform(kind, settings) }
        }
    }

    func perform(_ kind: Chore.Kind, _ settings: CephSettings) async {
        switch kind {
        case .staging: await sweepStaging(settings)
        case .trash: await scanTrash(settings)
        case .retained: await scanRetained(settings)
        }
    }

    /// Looks at everything again soon: a request that its caller had given up has come to its end, and nobody has taken
    /// what it left in staging, in the trash or among the retained volumes.
    func lookAgain(_ settings: CephSettings, on cluster: Cluster) {
        guard !isIdle else { return }
        state.withLock { $0.retentions[settings] = cluster.trashRetention }
        for kind in Chore.Kind.allCases { wake(kind, settings, after: .zero) }
    }

    /// Has what a request changed written down soon after its answer, instead of within the 5 s that the MDS may take.
    /// Many changes share one flush.
    func flushJournal(_ settings: CephSettings) {
        let isFirst = state.withLock { state in
            let isFirst = state.flushing[settings] == nil
            state.flushing[settings] = !isFirst
            return isFirst
        }
        guard isFirst else { return }
        Task.detached { [self] in
            repeat {
                state.withLock { $0.flushing[settings] = false }
                await attempt("flushing", settings) { try $0.flushJournal() }
            } while needsAnotherFlush(settings)
        }
    }

    private func needsAnotherFlush(_ settings: CephSettings) -> Bool {
        state.withLock { state in
            let isDue = state.flushing[settings] ?? false
            if !isDue { state.flushing[settings] = nil }
            return isDue
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

    /// As ``attempt(_:_:_:)``; after a failure `again` follows, each time after twice as long a pause, as long as that is
    /// sooner than the next round.
    func attempt<Value: Sendable>(
        _ label: String,
        _ work: Work,
        again: @escaping @Sendable () async -> Void,
        _ body: @escaping @Sendable (CephFSMount) throws -> Value
    ) async -> Value? {
        let result = await attempt(label, work.settings, body)
        let pause = state.withLock { state -> Duration? in
            if result != nil {
                state.pauses[work] = nil
                return nil
            }
            let pause = state.pauses[work] ?? Self.firstPause
            guard pause < interval else { return nil }
            state.pauses[work] = pause * 2
            return pause
        }
        guard let pause else { return result }
        Task.detached { [weak self] in
            try? await Task.sleep(for: pause)
            guard let self, !connections.isClosed else { return }
            await again()
        }
        return result
    }

    /// Forgets how often work in a directory has failed, but for what is still there.
    func forgetPauses(of settings: CephSettings, in directory: String, but names: Set<String>) {
        let kept = Set(names.map { "\(directory)/\($0)" } + [directory])
        state.withLock { state in
            state.pauses = state.pauses.filter { work, _ in
                work.settings != settings || kept.contains(work.path) || !work.path.begins(with: directory + "/")
            }
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
