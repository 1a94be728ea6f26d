import CLinux
import Glibc
import Synchronization
import System

/// Whether the kernel has a CephFS client: what `mounter: auto` decides by.
final class KernelSupport: Sendable {
    /// What the kernel said.
    enum Answer: Sendable, Hashable {
        /// It can mount CephFS.
        case available
        /// It can't, and why.
        case missing(String)
    }

    private struct Known {
        let answer: Answer
        let at: ContinuousClock.Instant
    }

    /// How long a kernel without ceph is believed to have none: the module may be installed meanwhile.
    private let patience: Duration
    private let ask: @Sendable () -> Answer
    private let log: MountingLog
    private let known = Mutex<Known?>(nil)

    init(
        patience: Duration = .seconds(60),
        log: @escaping MountingLog,
        ask: @escaping @Sendable () -> Answer = KernelSupport.askKernel
    ) {
        self.patience = patience
        self.log = log
        self.ask = ask
    }

    /// The kernel's answer. What it has it keeps, so a yes is asked for once, a no once a minute. The first question may
    /// make the kernel load a module, which takes a moment; nothing here waits for a cluster.
    var answer: Answer {
        known.withLock { known in
            if let known, known.answer == .available || known.at.duration(to: .now) < patience { return known.answer }
            let answer = ask()
            if known?.answer != answer { tell(answer) }
            known = Known(answer: answer, at: .now)
            return answer
        }
    }

    private func tell(_ answer: Answer) {
        switch answer {
        case .available: log(.info, "volumes with `mounter: auto` are mounted by the kernel's CephFS client")
        case .missing(let why): log(.info, "volumes with `mounter: auto` are mounted by ceph-fuse: \(why)")
        }
    }

    /// fsopen(2) looks the file system up and, in the initial namespaces, loads its module; nothing is mounted by it.
    /// With the module comes the type of its keys, which add_key(2) does not load by itself.
    @Sendable static func askKernel() -> Answer {
        let context = linux_open_filesystem("ceph")
        if context >= 0 {
            close(context)
            return .available
        }
        return .missing(reason(errno))
    }

    /// What an errno of fsopen(2) means.
    static func reason(_ errno: Int32) -> String {
        switch errno {
        case ENODEV: "this node's kernel has no CephFS client, and no module ceph that it could load"
        case EPERM, EACCES: "the node plugin may not mount: it needs CAP_SYS_ADMIN; run its container privileged"
        case ENOSYS: "this node's kernel is older than Linux 5.2"
        default: "\(SystemCallError("fsopen", errno: errno, on: "ceph"))"
        }
    }
}
