import Bytes
import Ceph
import Glibc
import Synchronization
import Volumes

/// The entries of staging: those that this process works on, and what attempts that never ended have left there.
final class StagingSweeper: Sendable {
    private struct State {
        /// What this process works on.
        var claimed: Set<String> = []
        /// What on each connection stands still.
        var standing: [CephSettings: StandstillWatch<String, String>] = [:]
    }

    /// What this process's entries are marked with.
    let replica: String
    private let background: BackgroundWork
    private let purger: TrashPurger
    private let foreignAge: Duration
    private let copyAge: Duration
    private let state = Mutex(State())

    /// - Parameters:
    ///   - foreignAge: for how long another replica's entry must be seen to stand still to count as dead.
    ///   - copyAge: the same for a copy.
    init(
        replica: String,
        foreignAge: Duration,
        copyAge: Duration,
        background: BackgroundWork,
        purger: TrashPurger
    ) {
        self.replica = replica
        self.background = background
        self.purger = purger
        self.foreignAge = foreignAge
        self.copyAge = copyAge
    }

    /// Runs `body` with a name for a new entry of staging that the sweeper leaves alone until `body` returns.
    func withEntry<Value>(_ layout: VolumeLayout, _ body: (_ path: String) throws -> Value) rethrows -> Value {
        let name = layout.stagingName(replica: replica, attempt: RandomUUID.make())
        claim(name)
        defer { release(name) }
        return try body("\(VolumeLayout.staging)/\(name)")
    }

    /// Keeps the sweeper away from an entry of staging until ``release(_:)``.
    func claim(_ name: String) { state.withLock { _ = $0.claimed.insert(name) } }

    /// Leaves an entry of staging to the sweeper.
    func release(_ name: String) { state.withLock { _ = $0.claimed.remove(name) } }

    /// Sweeps after that time, unless it is done before.
    func wake(_ settings: CephSettings, after delay: Duration) {
        let subject = BackgroundWork.Subject(settings: settings, path: VolumeLayout.staging)
        background.wake(subject, after: delay) { [weak self] in await self?.sweep(settings) }
    }

    /// Takes away what stands still for too long, and comes back for the rest.
    func sweep(_ settings: CephSettings) async {
        let again: @Sendable () async -> Void = { [weak self] in await self?.sweep(settings) }
        let subject = BackgroundWork.Subject(settings: settings, path: VolumeLayout.staging)
        _ = await background.attempt("sweeping the staging directory", subject, again: again) { mount in
            let entries: [CephDirectoryEntry]
            do {
                entries = try mount.entries(VolumeLayout.staging)
            } catch let error as CephError where error.code == ENOENT {
                return
            }
            self.state.withLock { $0.standing[settings]?.keep(Set(entries.map(\.text))) }
            var next: Duration?
            var failure: (any Error)?
            for entry in entries {
                guard let left = try self.timeLeft(entry, mount, settings) else { continue }
                if left > .zero {
                    next = min(next ?? left, left)
                } else {
                    failure = try self.takeAway(entry, mount, settings) ?? failure
                }
            }
            if let next { self.wake(settings, after: next) }
            if let failure { throw failure }
        }
    }

    /// How much longer an entry must be seen to stand still before it counts as dead; nil for what this process works on.
    private func timeLeft(
        _ entry: CephDirectoryEntry,
        _ mount: CephFSMount,
        _ settings: CephSettings
    ) throws -> Duration? {
        let name = entry.text
        if state.withLock({ $0.claimed.contains(name) }) { return nil }
        // A former life's.
        if VolumeLayout.isStaged(name, by: replica) { return .zero }
        // Whoever makes something changes the directory's time; a copy has a heartbeat. Neither is compared with a clock.
        var mark = "\(entry.status.inode) \(entry.status.changed)"
        var patience = foreignAge
        if name.begins(with: VolumeLayout.copyPrefix) {
            patience = copyAge
            for attribute in [VolumeLayout.copyAttribute, VolumeLayout.wantedAttribute] {
                do {
                    let path = "\(VolumeLayout.staging)/\(name)"
                    mark += " \(try mount.attributeIfPresent(attribute, of: path) ?? "")"
                } catch let error as CephError where error.isMissing {
                    return nil
                }
            }
        }
        let watched = state.withLock { state in
            state.standing[settings, default: StandstillWatch()].standing(name, at: mark)
        }
        return patience - watched
    }

    /// One rename takes it out of the hands of whoever made it, should that process live after all: what it does next
    /// fails, and its own rename can't publish what is being removed.
    ///
    /// - Returns: why it can't be removed. The others are no worse for it.
    private func takeAway(
        _ entry: CephDirectoryEntry,
        _ mount: CephFSMount,
        _ settings: CephSettings
    ) throws -> (any Error)? {
        let path = "\(VolumeLayout.staging)/\(entry.text)"
        do {
            if entry.status.isDirectory {
                let trashed = try VolumeDirectory(onNoVolume: mount, settings).discard(path)
                for name in trashed { purger.purge(name, of: settings) }
            } else {
                try mount.unlink(path)
            }
            background.log(.info, "removed \(path), left by an attempt that never finished")
            return nil
        } catch let error as CephError where !error.isConnectionLost {
            background.log(.warning, "\(path) can't be removed: \(error)")
            return error
        } catch let error as VolumeError {
            if mount.isLost { throw error }
            background.log(.warning, "\(path) can't be removed: \(error)")
            return error
        }
    }
}
