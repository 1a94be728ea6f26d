import Bytes
import Ceph
import Glibc
import Synchronization
import Volumes

/// Work on connections that nobody waits for: it runs in their background lane, one piece of a name at a time, and what
/// fails is tried again.
final class BackgroundWork: Sendable {
    /// What a piece of work is about.
    struct Subject: Hashable {
        let settings: CephSettings
        /// A directory or an entry of one, from the connection's root.
        let path: String
    }

    private struct State {
        /// What is being removed or emptied.
        var removals: Set<Subject> = []
        /// When each subject will be looked at again.
        var wakings: [Subject: ContinuousClock.Instant] = [:]
        /// How long to wait after the next failure of each piece of work.
        var pauses: [Subject: Duration] = [:]
    }

    /// How long after a failure the same is tried again.
    private static let firstPause = Duration.seconds(5)
    /// The shortest time between two looks at one directory.
    private static let shortestPause = Duration.seconds(1)

    /// What the work runs on.
    let connections: CephConnections
    /// Takes what happens.
    let log: CephVolumesLog
    private let longestPause: Duration
    private let state = Mutex(State())

    /// - Parameter longestPause: after which pause, doubled after each failure, work is left to the next round.
    init(connections: CephConnections, longestPause: Duration, log: @escaping CephVolumesLog) {
        self.connections = connections
        self.longestPause = longestPause
        self.log = log
    }

    /// Removals that are under way or wait for a thread.
    var backlog: Int { state.withLock { $0.removals.count } }

    /// Whether everything that was tried has succeeded in the end.
    var hasNoFailures: Bool { state.withLock { $0.pauses.isEmpty } }

    /// Does one removal, unless it is being done.
    func remove(_ subject: Subject, _ body: @escaping @Sendable () async -> Void) {
        guard state.withLock({ $0.removals.insert(subject).inserted }) else { return }
        Task.detached { [self] in
            await body()
            state.withLock { _ = $0.removals.remove(subject) }
        }
    }

    /// Looks at a subject again after that time, unless somebody will before.
    func wake(_ subject: Subject, after delay: Duration, _ body: @escaping @Sendable () async -> Void) {
        let moment = ContinuousClock.now + max(delay, Self.shortestPause)
        let isFirst = state.withLock { state in
            if let known = state.wakings[subject], known <= moment { return false }
            state.wakings[subject] = moment
            return true
        }
        guard isFirst else { return }
        Task.detached { [weak self] in
            try? await Task.sleep(until: moment)
            guard let self, !connections.isClosed else { return }
            let isStillWanted = state.withLock { state in
                guard state.wakings[subject] == moment else { return false }
                state.wakings[subject] = nil
                return true
            }
            if isStillWanted { await body() }
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
            log(.warning, "\(label) of \(settings.root) failed, and will be retried later: \(error)")
            return nil
        }
    }

    /// As ``attempt(_:_:_:)``; after a failure `again` follows, each time after twice as long a pause, as long as that is
    /// sooner than the next round.
    func attempt<Value: Sendable>(
        _ label: String,
        _ subject: Subject,
        again: @escaping @Sendable () async -> Void,
        _ body: @escaping @Sendable (CephFSMount) throws -> Value
    ) async -> Value? {
        let result = await attempt(label, subject.settings, body)
        let pause = state.withLock { state -> Duration? in
            if result != nil {
                state.pauses[subject] = nil
                return nil
            }
            let pause = state.pauses[subject] ?? Self.firstPause
            guard pause < longestPause else { return nil }
            state.pauses[subject] = pause * 2
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
    func forgetPauses(in directory: Subject, but names: Set<String>) {
        let kept = Set(names.map { "\(directory.path)/\($0)" } + [directory.path])
        state.withLock { state in
            state.pauses = state.pauses.filter { subject, _ in
                subject.settings != directory.settings || kept.contains(subject.path)
                    || !subject.path.begins(with: directory.path + "/")
            }
        }
    }

    /// Waits a moment while requests are under way: each file that goes costs the MDS as much as a part of theirs.
    ///
    /// - Returns: whether the work is still wanted.
    func yieldToRequests(_ settings: CephSettings) -> Bool {
        if connections.isBusy(settings) { usleep(6000) }
        return !connections.isClosed
    }
}
