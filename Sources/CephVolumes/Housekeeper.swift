import Ceph
import Glibc
import Synchronization
import Volumes

/// Removes what nobody waits for: deleted volumes from the trash, and what dead attempts left in staging.
///
/// The plugin has credentials only while requests bring some, so the rounds begin with requests: at the first on a new
/// connection, and again when the last round is a while ago. All of it runs in the background lane.
final class Housekeeper: Sendable {
    private struct Round {
        var mount: UInt64
        var begun: ContinuousClock.Instant
    }

    private struct Work: Hashable {
        let settings: CephSettings
        let name: String
    }

    private struct State {
        var rounds: [CephSettings: Round] = [:]
        var purging: Set<Work> = []
        var staging: Set<String> = []
        /// Connections with changes to settle; true once a change came after the settling began.
        var settling: [CephSettings: Bool] = [:]
    }

    private let connections: CephConnections
    private let replica: String
    private let interval: Duration
    private let foreignAge: Duration
    private let log: CephVolumesLog
    private let state = Mutex(State())

    init(
        connections: CephConnections,
        replica: String,
        options: CephVolumeStore.Options,
        log: @escaping CephVolumesLog
    ) {
        self.connections = connections
        self.replica = replica
        interval = options.housekeepingInterval
        foreignAge = options.foreignAttemptAge
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

    /// Notes that a request used that mount, and begins a round where one is due.
    func noticed(_ mount: UInt64, of settings: CephSettings) {
        let isDue = state.withLock { state in
            if let last = state.rounds[settings], last.mount == mount, last.begun.duration(to: .now) < interval {
                return false
            }
            state.rounds[settings] = Round(mount: mount, begun: .now)
            return true
        }
        guard isDue else { return }
        Task.detached { [self] in
            await sweepStaging(settings)
            await scanTrash(settings)
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

    /// Removes one entry of the trash, some time from now.
    func purge(_ name: String, of settings: CephSettings) {
        let work = Work(settings: settings, name: name)
        guard state.withLock({ $0.purging.insert(work).inserted }) else { return }
        Task.detached { [self] in
            defer { state.withLock { _ = $0.purging.remove(work) } }
            await attempt("purging the trash", settings) { mount in
                do {
                    try mount.removeTree("\(VolumeLayout.trash)/\(name)") { !self.connections.isClosed }
                    // A removal that is not in the journal yet holds locks on the trash: the next volume's rename to it
                    // would wait for the MDS's tick, up to 5 s.
                    try mount.settle()
                } catch let error as CephError where error.code == ENOTEMPTY {
                    // Snapshots outlive the volume; a later round tries again.
                    self.log(.info, "\(name) stays in the trash, it has snapshots: \(error)")
                }
            }
        }
    }

    private func scanTrash(_ settings: CephSettings) async {
        let names = await attempt("listing the trash", settings) { mount in
            do {
                return try mount.entries(VolumeLayout.trash).filter(\.status.isDirectory).map(\.text)
            } catch let error as CephError where error.code == ENOENT {
                return []
            }
        }
        for name in names ?? [] { purge(name, of: settings) }
    }

    private func sweepStaging(_ settings: CephSettings) async {
        await attempt("sweeping the staging directory", settings) { mount in
            let entries: [CephDirectoryEntry]
            do {
                entries = try mount.entries(VolumeLayout.staging)
            } catch let error as CephError where error.code == ENOENT {
                return
            }
            for entry in entries where self.isDead(entry) {
                let path = "\(VolumeLayout.staging)/\(entry.text)"
                do {
                    if entry.status.isDirectory { try mount.removeTree(path) } else { try mount.unlink(path) }
                    self.log(.info, "removed \(path), left by an attempt that never ended")
                } catch let error as CephError where !error.isConnectionLost {
                    // The others are no worse for it.
                    self.log(.warning, "\(path) can't be removed: \(error)")
                }
            }
        }
    }

    private func isDead(_ entry: CephDirectoryEntry) -> Bool {
        if VolumeLayout.isStaged(entry.text, by: replica) {
            return !state.withLock { $0.staging.contains(entry.text) }
        }
        return .seconds(WallClock.microseconds / 1_000_000 - entry.status.changed) > foreignAge
    }

    /// Nobody waits for the result: a failure is logged, and a later round tries again.
    @discardableResult
    private func attempt<Value: Sendable>(
        _ label: String,
        _ settings: CephSettings,
        _ body: @escaping @Sendable (CephFSMount) throws -> Value
    ) async -> Value? {
        do {
            return try await connections.run(settings, label, lane: .background, body)
        } catch is CancellationError {
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
}

/// Takes log lines; they never hold a secret.
public typealias CephVolumesLog = @Sendable (_ level: CephVolumesLogLevel, _ message: String) -> Void
