import Bytes
import Cryptography
import Glibc
import Synchronization
import System
import Volumes

/// Mounts with ceph-fuse: a process for each staged volume.
///
/// The process mounts on a directory of the plugin's own that only root can enter, and keeps that mount for its whole
/// life: ceph-fuse remounts its mount point to make the kernel let go of cached names, and aborts when it can't. The
/// CO's path gets a bind mount of it, once the file system has answered. So the path is used by descriptor alone, and
/// never shows a mount that does not work.
final class FuseMounter: Mounter {
    let options: MountingOptions
    let log: MountingLog
    let sessions: ClientSessions?
    /// Processes to reap; what to do never depends on it.
    private let children = Mutex<Set<pid_t>>([])

    private let cgroup: FuseCgroup?

    init(_ options: MountingOptions, log: @escaping MountingLog = { _, _ in }) {
        self.options = options
        self.log = log
        sessions = options.sessionDirectory.map(ClientSessions.init(directory:))
        cgroup = options.fuseCgroup.map { FuseCgroup(directory: $0, log: log) }
    }

    var impairment: String? {
        if access("/dev/fuse", R_OK | W_OK) != 0 {
            return "/dev/fuse can't be opened: load the kernel module fuse, and run the container privileged"
        }
        if Program.find("mount", in: CephFuseCommand.searchPath) == nil {
            return "mount was not found: install util-linux; ceph-fuse aborts without it"
        }
        return executable == nil ? Self.missing : nil
    }

    private static let missing = "ceph-fuse was not found: install the package ceph-fuse, or name its path"

    func options(of request: StageRequest) throws(VolumeError) -> MountOptions {
        try MountOptions(request.options, own: request.fuseOptions, field: "fuseMountOptions")
    }

    func identity(of request: StageRequest) -> MountIdentity {
        MountIdentity(type: "fuse.ceph-fuse", source: MountIdentity.source(of: request))
    }

    func ownMountPoints(for stagingPath: String) throws -> [String] {
        try homes(of: stagingPath).map(\.path)
    }

    func mount(_ request: StageRequest, for stagingPath: String, stop: StopSignal) throws -> FileDescriptor {
        if let impairment { throw VolumeError.preconditionFailed(impairment) }
        let fuseOptions = try FuseOptions(options(of: request))
        guard request.credentials.key.withExposed(CephxKey.isWellFormed) else {
            throw VolumeError.unauthenticated(
                "the key of client.\(request.credentials.user) is malformed: it must be the base64 text that "
                    + "`ceph auth get-key` prints"
            )
        }
        try Directory.makePrivate(options.runDirectory)
        let home = try MountTarget(existing: homePath(stagingPath))
        if let mount = try takenUp(home, request, for: stagingPath, stop) { return mount }
        _ = try home.make()
        do {
            return try started(home, request, fuseOptions, stop)
        } catch {
            try? unmount(home)
            _ = try? home.remove()
            cgroup?.drop(home)
            throw error
        }
    }

    func finish(_ stagingPath: String, stop: StopSignal) throws {
        // A container of the plugin's that is new has no run directory yet, and processes of the last one may go on.
        try Directory.makePrivate(options.runDirectory)
        for home in try homes(of: stagingPath) { try finish(home, stop) }
    }

    /// Takes off what is mounted at `home` and waits for the end of the processes that serve it.
    func finish(_ home: MountTarget, _ stop: StopSignal) throws {
        // A process in the mount namespace of an earlier container keeps a mount that can't be taken off from here.
        let isMountedHere = try home.mounted() != nil
        try unmount(home)
        try awaitEnd(home, stop, patience: isMountedHere ? Self.patience : .zero)
        try home.remove()
        cgroup?.drop(home)
    }

    /// Takes off what is mounted at `home`, not before the process behind it is up: one that finds its mount gone while
    /// it starts dies with its session open. A dead one's mount has no process behind it.
    private func unmount(_ home: MountTarget) throws {
        guard try home.mounted() != nil else { return }
        let deadline = ContinuousClock.now + .seconds(10)
        for process in try ServingProcess.all(serving: home.path) {
            if process.isYoung { _ = process.hasEnded(within: 200) }
            while !process.isUp, !process.hasEnded(within: 20), ContinuousClock.now < deadline {}
        }
        try home.unmountAll()
    }

    /// The private places of this version and of earlier ones, as far as their directories are there.
    private func homes(of stagingPath: String) throws -> [MountTarget] {
        try [options.runDirectory, options.formerRunDirectory].compactMap { $0 }.compactMap { directory in
            try MountTarget(PrivateMountPoint.path(for: stagingPath, below: directory))
        }
    }

    /// The mount that an earlier call for this staging path left when it was killed, if it is good for this one.
    /// What is not good is cleared away.
    private func takenUp(
        _ home: MountTarget,
        _ request: StageRequest,
        for stagingPath: String,
        _ stop: StopSignal
    ) throws -> FileDescriptor? {
        let deadline = ContinuousClock.now + options.mountTimeout
        while true {
            try stop.check()
            if let mount = try goodMount(at: home, request) { return mount }
            let occupation = try home.occupation()
            if occupation != .nothing {
                try unmount(home)
                // What an evicted client has not written yet is lost, so there is nothing to wait for.
                try awaitEnd(home, stop, patience: occupation.isDead ? .zero : Self.patience)
            }
            reap()
            // A process without a mount is about to mount, still writes back what the last stage wrote, or serves the mount
            // namespace of an earlier container.
            let processes = try ServingProcess.all(serving: home.path)
            guard let process = processes.first else { return nil }
            if process.isUp { try end(process, serving: home, for: stagingPath) }
            guard ContinuousClock.now < deadline else {
                throw VolumeError.unavailable(
                    "an earlier ceph-fuse (process \(process.pid)) for this staging path has not ended yet"
                )
            }
            _ = process.hasEnded(within: 50)
        }
    }

    /// Asks a process whose mount is not seen from here to end, unless pods still use its file system.
    private func end(_ process: ServingProcess, serving home: MountTarget, for stagingPath: String) throws {
        guard let served = process.mount(at: home.path) else { return }
        let user = try MountTable.current().entries.first {
            $0.device == served.device && !$0.mountPoint.isSame(as: home.path)
                && !$0.mountPoint.isSame(as: stagingPath)
        }
        if let user {
            throw VolumeError.unavailable(
                "an earlier ceph-fuse (process \(process.pid)) for this staging path still serves "
                    + "\(user.mountPoint.debugDescription): unpublish that first"
            )
        }
        process.terminate()
    }

    /// A clone of the mount at `home`, if it is alive and what `request` asks for.
    ///
    /// - Throws: ``VolumeError/preconditionFailed(_:)`` when `isNew` and another cluster has answered.
    private func goodMount(at home: MountTarget, _ request: StageRequest, isNew: Bool = false) throws -> FileDescriptor?
    {
        guard let (entry, root) = try home.mounted(), identity(of: request).matches(entry),
            entry.isReadOnly == request.readOnly
        else { return nil }
        if isNew { try MountedPath.check(root, request) }
        guard try isAlive(root, type: entry.type) else { return nil }
        if isNew { try ClusterIdentity.check(root, is: request.cluster) }
        return try clone(of: root, request)
    }

    /// Starts a process and waits until its file system answers.
    private func started(
        _ home: MountTarget,
        _ request: StageRequest,
        _ fuseOptions: FuseOptions,
        _ stop: StopSignal
    ) throws -> FileDescriptor {
        guard let executable else { throw VolumeError.preconditionFailed(Self.missing) }
        let command = CephFuseCommand(
            executable: executable,
            request: try resolved(request),
            options: fuseOptions,
            isReadOnly: request.readOnly,
            identity: identity(of: request),
            mountPoint: home.path,
            session: newSession(home, request),
            timeout: options.mountTimeout
        )
        let start = ContinuousClock.now
        let process = try CephFuseProcess(command.arguments, key: request.credentials.key)
        if options.leavesContainer { leaveContainer(process.pid) }
        cgroup?.adopt(process.pid, home: home)
        do {
            // ceph-fuse's own timeout comes first, and says more.
            let deadline = start + options.mountTimeout + .seconds(2)
            while !process.poll(), CephFuseFailure.errno(in: process.text) == nil, ContinuousClock.now < deadline {
                try stop.check()
                // The mount shows up before libfuse has accepted its options; only an answer proves that it works.
                if let mount = try goodMount(at: home, request, isNew: true) {
                    children.withLock { _ = $0.insert(process.pid) }
                    return mount
                }
                usleep(10_000)
            }
            let failure = CephFuseFailure(output: process.text, status: process.status, key: request.credentials.key)
            guard failure.errno == nil, process.status == nil else {
                throw failure.volumeError(for: request) { CephFuseProcess.release(of: executable) }
            }
            throw VolumeError.unavailable("ceph-fuse did not mount within \(options.mountTimeout): \(failure.words)")
        } catch {
            withdraw(process, home, startedAt: start)
            throw error
        }
    }

    /// Ends a process that is not wanted any more. One that is starting has a session at the MDS, with capabilities, which
    /// a signal would leave there, and others would wait for a minute. So it comes up, is unmounted, and ends by itself.
    /// Its own time-out bounds that: what fails to mount in time ends, too.
    private func withdraw(_ process: CephFuseProcess, _ home: MountTarget, startedAt start: ContinuousClock.Instant) {
        let limit = start + options.mountTimeout + .seconds(10)
        var isOver: ContinuousClock.Instant?
        while !process.poll() {
            let now = ContinuousClock.now
            if ServingProcess.isUp(process.pid) {
                // Unmounted it ends; one whose mount somebody else has a copy of needs to be asked.
                try? unmount(home)
                if now - (isOver ?? now) > Self.patience { process.ask() }
                isOver = isOver ?? now
            } else if CephFuseFailure.errno(in: process.text) != nil {
                // It has no mount and is about to end. A malformed key has it hang instead, without a session.
                if now - (isOver ?? now) > Self.patience { return process.terminate() }
                isOver = isOver ?? now
            }
            if now > limit { return process.terminate() }
            usleep(10_000)
        }
        // The next one ends the session of one that was killed.
        if !process.wasKilled { sessions?.end(home) }
    }

    /// How long a process may take to end by itself once its mount is gone, before it is asked to.
    private static let patience = Duration.seconds(3)

    /// Waits for the end of every process that serves `home`, which is what makes written data safe on the cluster.
    /// None is ever killed: that would lose data. One that lingers though its mount is gone (another mount namespace
    /// has a copy of it) is asked to end, as soon as it is up: before, a signal would leave its session at the MDS.
    private func awaitEnd(_ home: MountTarget, _ stop: StopSignal, patience: Duration = patience) throws {
        let start = ContinuousClock.now
        var wasAsked = false
        let processes = try ServingProcess.all(serving: home.path)
        for process in processes {
            while !process.hasEnded(within: 50) {
                try stop.check()
                let elapsed = start.duration(to: .now)
                if elapsed >= patience, !wasAsked, process.isUp {
                    process.terminate()
                    wasAsked = true
                }
                guard elapsed < options.unmountTimeout else {
                    throw VolumeError.unavailable(
                        "ceph-fuse (process \(process.pid)) has not ended within \(options.unmountTimeout): it still "
                            + "has data to write back, and the cluster does not answer"
                    )
                }
            }
            wasAsked = false
        }
        if !processes.isEmpty { sessions?.end(home) }
        reap()
    }

    private func clone(of root: FileDescriptor, _ request: StageRequest) throws -> FileDescriptor {
        try SnapshotRoot.clone(of: root, for: request, from: "ceph-fuse's mount")
    }

    /// Lets the kernel forget ended children, which would stay zombies as long as the plugin lives.
    private func reap() {
        children.withLock { children in
            for pid in children where waitpid(pid, nil, WNOHANG) != 0 { children.remove(pid) }
        }
    }

    /// Where the ceph-fuse of `stagingPath` mounts: a name that the next life of the plugin finds too.
    func homePath(_ stagingPath: String) throws -> MountPath {
        try PrivateMountPoint.path(for: stagingPath, below: options.runDirectory)
    }

    /// ceph-fuse's absolute path, nil when there is none.
    private var executable: String? {
        if let configured = options.cephFuse { return Program.isExecutable(configured) ? configured : nil }
        return Program.find("ceph-fuse", in: getenv("PATH").map { String(cString: $0) } ?? CephFuseCommand.searchPath)
    }
}
