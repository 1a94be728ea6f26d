import Ceph
import Synchronization
import Volumes

/// When staging, trash and retained volumes are looked through.
///
/// The plugin has credentials only while requests bring some, so the rounds begin with requests: at the first on a new
/// connection, and again when the last round is a while ago.
final class Upkeep: Sendable {
    private struct Round {
        var mount: UInt64
        var begun: ContinuousClock.Instant
    }

    private let sweeper: StagingSweeper
    private let purger: TrashPurger
    private let releases: ReleaseReport
    private let interval: Duration
    private let isOff: Bool
    private let rounds = Mutex<[CephSettings: Round]>([:])

    init(interval: Duration, isOff: Bool, sweeper: StagingSweeper, purger: TrashPurger, releases: ReleaseReport) {
        self.interval = interval
        self.isOff = isOff
        self.sweeper = sweeper
        self.purger = purger
        self.releases = releases
    }

    /// Notes that a request used that mount, and begins a round where one is due.
    func noteRequest(on mount: UInt64, of settings: CephSettings, on cluster: Cluster) {
        guard !isOff else { return }
        purger.retention(of: settings, is: cluster.trashRetention)
        let isDue = rounds.withLock { rounds in
            if let last = rounds[settings], last.mount == mount, last.begun.duration(to: .now) < interval {
                return false
            }
            rounds[settings] = Round(mount: mount, begun: .now)
            return true
        }
        guard isDue else { return }
        Task.detached { [self] in
            await releases.tell(cluster, settings)
            await runRound(settings)
        }
    }

    /// Looks through everything once.
    func runRound(_ settings: CephSettings) async {
        await sweeper.sweep(settings)
        await purger.scan(settings)
        await purger.scanRetained(settings)
    }

    /// Looks at everything again soon: a request that its caller had given up has come to its end, and nobody has taken
    /// what it left in staging, in the trash or among the retained volumes.
    func lookAgain(_ settings: CephSettings, on cluster: Cluster) {
        guard !isOff else { return }
        purger.retention(of: settings, is: cluster.trashRetention)
        sweeper.wake(settings, after: .zero)
        purger.wake(settings, after: .zero)
        purger.wakeRetained(settings)
    }
}
