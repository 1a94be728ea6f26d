import Synchronization
import System
import Volumes

/// The clusters of a configuration file that may change while the plugin runs.
///
/// The file is looked at (one stat(2)) when somebody asks, at most once in ``checkInterval``; no thread, and no
/// inotify, which misses the symlink swap of a ConfigMap. A new version that is broken or gone changes nothing but
/// ``impairment``.
public final class LiveConfiguration: ClusterDirectory {
    /// What became of a change to the file.
    public enum Change: Sendable, Hashable {
        /// The file's new clusters are in force.
        case applied(clusters: [String])
        /// The file was refused; the clusters before it stay in force.
        case refused(ConfigurationError)
    }

    private struct State {
        var clusters: [Cluster]
        /// The version last read; nil when it could not be, or was so new that it may change unseen.
        var fingerprint: FileFingerprint?
        var refusal: ConfigurationError?
        var checked: ContinuousClock.Instant
    }

    private let path: String
    private let checkInterval: Duration
    private let report: @Sendable (Change) -> Void
    private let state: Mutex<State>

    /// Reads the file at `path` for the first time.
    ///
    /// `report` is told of each change, on the task that happened to look.
    ///
    /// - Throws: ``ConfigurationError`` when there is nothing to start with.
    public init(
        path: String,
        checkInterval: Duration = .seconds(1),
        report: @escaping @Sendable (Change) -> Void
    ) throws(ConfigurationError) {
        self.path = path
        self.checkInterval = checkInterval
        self.report = report
        let (clusters, fingerprint) = try ConfigurationFile.read(path)
        state = Mutex(
            State(
                clusters: clusters,
                fingerprint: fingerprint.isSettled ? fingerprint : nil,
                refusal: nil,
                checked: .now
            )
        )
    }

    /// The cluster of that id, nil when the configuration has none.
    public func cluster(_ id: String) -> Cluster? {
        current { state in state.clusters.first { $0.id == id } }
    }

    /// The ids in the file's order.
    public var clusterIDs: [String] {
        current { state in state.clusters.map(\.id) }
    }

    /// Why the file on disk is not what is in force; nil when it is.
    public var impairment: String? {
        current { state in
            state.refusal.map {
                "the changed configuration file is invalid, and the previous settings stay in force: \($0)"
            }
        }
    }

    /// MountProbes at the file every `interval` until the task is cancelled, so that a broken one is reported even while
    /// nobody asks.
    public func watch(every interval: Duration) async {
        while !Task.isCancelled {
            try? await Task.sleep(for: interval)
            _ = impairment
        }
    }

    private func current<Result: Sendable>(_ body: (State) -> Result) -> Result {
        let (result, change) = state.withLock { state in
            let change = refresh(&state)
            return (body(state), change)
        }
        if let change { report(change) }
        return result
    }

    private func refresh(_ state: inout State) -> Change? {
        let now = ContinuousClock.now
        guard now - state.checked >= checkInterval else { return nil }
        state.checked = now
        if let seen = state.fingerprint, let found = try? FileFingerprint(path: path), seen == found { return nil }
        do throws(ConfigurationError) {
            let (clusters, fingerprint) = try ConfigurationFile.read(path)
            state.fingerprint = fingerprint.isSettled ? fingerprint : nil
            let isNews = clusters != state.clusters || state.refusal != nil
            state.clusters = clusters
            state.refusal = nil
            return isNews ? .applied(clusters: clusters.map(\.id)) : nil
        } catch {
            state.fingerprint = nil
            let isNews = error != state.refusal
            state.refusal = error
            return isNews ? .refused(error) : nil
        }
    }
}
