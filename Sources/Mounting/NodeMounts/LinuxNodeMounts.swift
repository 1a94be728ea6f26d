import Bytes
import System
import Volumes

/// Mounts on this Linux node: volumes with one of the ``Mounter``s, targets with bind mounts.
///
/// Nothing is remembered between calls: what is there is read from the mount table, so a plugin that was killed and
/// started again goes on where it was. Calls for the same path take turns.
public final class LinuxNodeMounts: NodeMounts {
    let options: MountingOptions
    let log: MountingLog
    let writeBacks: WriteBacks
    let looks: MountProbes
    let records: MountRecords
    let stranded: StrandedHelpers
    /// What earlier versions left; nil when they can't have left anything.
    let former: FormerHomes?
    private let fuse: any Mounter
    private let kernel: any Mounter
    private let support: KernelSupport
    /// Threads that mount and publish, for each cluster: one that does not answer holds up no other.
    private let mounting: PoolFamily
    /// Threads that unmount, so that what hangs while it comes up does not keep anything from being taken off.
    private let unmounting: PoolFamily
    private let locks = KeyedLock<ByteText>()
    /// How long every thread must have been in one call before that is an impairment.
    private let patience: Duration

    /// Mounts with `options`; `log` hears which client `auto` takes, and of data that is lost.
    public convenience init(
        _ options: MountingOptions = MountingOptions(),
        log: @escaping MountingLog = { _, _ in }
    ) {
        self.init(options, patience: .seconds(120), log: log)
    }

    init(
        _ options: MountingOptions,
        patience: Duration,
        log: @escaping MountingLog = { _, _ in },
        askKernel: @escaping @Sendable () -> KernelSupport.Answer = KernelSupport.askKernel
    ) {
        self.options = options
        self.patience = patience
        self.log = log
        support = KernelSupport(log: log, ask: askKernel)
        let fuse = FuseMounter(options, log: log)
        self.fuse = fuse
        former = options.formerRunDirectory.map { FormerHomes(directory: $0, fuse: fuse, log: log) }
        kernel = KernelMounter(options, support: support)
        let backlog = BlockingPool.Backlog(jobs: options.threads, patience: .seconds(5), limit: 128)
        mounting = PoolFamily(name: "mount", threads: options.threads, idleTimeout: .seconds(10), backlog: backlog)
        unmounting = PoolFamily(name: "unmount", threads: options.threads, idleTimeout: .seconds(10), backlog: backlog)
        // A thread for each file system that hangs; more than that many hung volumes of one cluster wait for one another.
        writeBacks = WriteBacks(threads: 4 * options.threads, log: log)
        looks = MountProbes(threads: options.threads)
        records = MountRecords(directory: options.recordDirectory, log: log)
        let directories = [options.runDirectory, options.formerRunDirectory].compactMap { $0 }
        stranded = StrandedHelpers(directories: directories, log: log)
    }

    /// No client of either kind, or every thread stuck in a call that does not return.
    public var impairment: String? {
        if let fuseImpairment = fuse.impairment, let kernelImpairment = kernel.impairment {
            return "neither client of CephFS can mount: \(kernelImpairment); \(fuseImpairment)"
        }
        let statuses = mounting.statuses + unmounting.statuses
        guard !statuses.isEmpty, statuses.allSatisfy({ $0.isStuck(for: patience) }),
            let longest = statuses.compactMap(\.longest).max(by: { $0.elapsed < $1.elapsed })
        else { return nil }
        return
            "all \(statuses.reduce(0) { $0 + $1.limit }) threads for mounts are stuck, the longest for "
            + "\(longest.elapsed.components.seconds) s in \(longest.label): a mounted file system does not answer"
    }

    /// Whether a call is on a thread, also one whose caller has gone.
    var isBusy: Bool { (mounting.statuses + unmounting.statuses).contains { !$0.isIdle } }

    /// Every mounter, for what is done whichever mounted.
    var mounters: [any Mounter] { [fuse, kernel] }

    /// The mounter that `request` asks for, the kernel's for `auto` where the kernel has one. Says itself what it lacks
    /// when it is to mount.
    func mounter(for request: StageRequest) -> any Mounter {
        switch request.mounter {
        case .fuse: fuse
        case .kernel: kernel
        case .auto: kernel.impairment == nil ? kernel : fuse
        }
    }

    /// The threads that bring something up on that cluster.
    func threadsToMount(_ cluster: String) -> BlockingPool { mounting[cluster] }

    /// The threads that take something off.
    func threadsToUnmount(_ cluster: String) -> BlockingPool { unmounting[cluster] }

    /// Which cluster a volume is on, as far as its id, or what is mounted at `path`, tells. Only good for keeping clusters
    /// apart.
    func cluster(of volumeID: String, at path: MountPath) -> String {
        if let id = VolumeID(volumeID) { return id.cluster }
        let table = try? MountTable.current()
        return table?.entries.last { $0.mountPoint.isSame(as: path.text) }?.cluster ?? ""
    }

    /// Runs `body` on a thread of `pool`, alone for each of `paths`. When the task is cancelled the call returns at
    /// once; `body` is told to stop, and the paths stay taken until it has.
    func perform<Value: Sendable>(
        _ label: String,
        on pool: BlockingPool,
        alone paths: String...,
        body: @escaping @Sendable (StopSignal) throws -> Value
    ) async throws -> Value {
        var holds: [KeyedLock<ByteText>.Hold] = []
        // In one order for all, so that no two calls wait for each other.
        for path in Set(paths.map { ByteText($0) }).sorted() { holds.append(try await locks.acquire(path)) }
        let stop = StopSignal()
        do {
            return try await withTaskCancellationHandler { [holds] in
                try await pool.run(label) { [stranded] in
                    defer { for hold in holds { hold.release() } }
                    return try stranded.watching { try body(stop) }
                }
            } onCancel: {
                stop.raise()
            }
        } catch let error as SystemCallError {
            throw error.volumeError
        } catch let error as BlockingPoolError {
            throw VolumeError.unavailable(error.description)
        } catch let error as BlockingPoolFull {
            throw VolumeError.unavailable(error.description)
        }
    }
}
