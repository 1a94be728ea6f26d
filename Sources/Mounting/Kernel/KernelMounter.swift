import CLinux
import CephCommon
import Glibc
import System
import Volumes

/// Mounts with the kernel's CephFS client, by mount(2): no helper program, no process
/// ([decision 8](docs/decisions/0008-kernel-mounts.md)).
///
/// mount(2) wants a place, so the file system comes up on a directory of the plugin's own; a detached copy of that mount
/// is handed over, and the place is empty again.
struct KernelMounter: Mounter {
    static let missing =
        "this node's kernel has no CephFS client: load the module ceph on the host, or set `mounter` to auto or fuse"

    private let options: MountingOptions
    private let support: KernelSupport

    init(_ options: MountingOptions, support: KernelSupport) {
        self.options = options
        self.support = support
    }

    var impairment: String? {
        switch support.answer {
        case .available: nil
        case .missing(let why): why
        }
    }

    func options(of request: StageRequest) throws(VolumeError) -> MountOptions {
        try MountOptions(request.options, own: request.kernelOptions, field: "kernelMountOptions")
    }

    func identity(of request: StageRequest) -> MountIdentity {
        let identity = KernelIdentity(request)
        let device = "\(identity.user)@\(identity.fsid ?? "").\(identity.filesystem)=\(identity.path)"
        return MountIdentity(type: "ceph", source: device, kernel: identity)
    }

    func ownMountPoints(for stagingPath: String) throws -> [String] {
        try homes(of: stagingPath).map(\.path)
    }

    func mount(_ request: StageRequest, for stagingPath: String, stop: StopSignal) throws -> FileDescriptor {
        let kernelOptions = try KernelOptions(options(of: request))
        if case .missing(let why) = support.answer {
            throw VolumeError.preconditionFailed("\(Self.missing) (\(why))")
        }
        try Directory.makePrivate(options.runDirectory)
        let home = try MountTarget(existing: homePath(stagingPath))
        defer {
            // What is handed over is a copy, so the place is cleared whatever happened.
            try? home.detachAll()
            _ = try? home.remove()
        }
        if let mount = try takenUp(home, request) { return mount }
        try home.detachAll()
        try stop.check()
        _ = try home.make()
        try mount(request, on: home, kernelOptions)
        try stop.check()
        guard let (_, root) = try home.mounted() else {
            throw VolumeError.unexpected(
                "the mount at \(home.path.debugDescription) has disappeared: does something else unmount there?"
            )
        }
        try ClusterIdentity.check(root, is: request.cluster)
        return try clone(of: root, request)
    }

    /// Clears away what a killed call left at the private place; nobody has written through that. The client itself ends
    /// with its last mount.
    func finish(_ stagingPath: String, stop: StopSignal) throws {
        for home in try homes(of: stagingPath) {
            try home.detachAll()
            try home.remove()
        }
    }

    /// A copy of the mount that an earlier call for this staging path left when it was killed, if it is good for this
    /// one.
    private func takenUp(_ home: MountTarget, _ request: StageRequest) throws -> FileDescriptor? {
        guard let (entry, root) = try home.mounted(), identity(of: request).matches(entry),
            entry.isReadOnly == request.readOnly, try isAlive(root, type: entry.type)
        else { return nil }
        return try clone(of: root, request)
    }

    private func clone(of root: FileDescriptor, _ request: StageRequest) throws -> FileDescriptor {
        try SnapshotRoot.clone(of: root, for: request, from: "the kernel's mount")
    }

    private func mount(_ request: StageRequest, on home: MountTarget, _ kernelOptions: KernelOptions) throws {
        let monitors = try KernelMonitors(of: request.cluster, wanted: kernelOptions.messengerMode)
        let timeout = kernelOptions.timeout ?? options.mountTimeout
        let device = try KernelDevice(request, monitors: monitors, options: kernelOptions, timeout: timeout)
        let flags = kernelOptions.flags | (request.readOnly ? UInt(MS_RDONLY) : 0)
        guard let directory = try home.open() else { throw SystemCallError("openat2", errno: ENOENT, on: home.path) }
        // The key is in this thread's keyring, and the kernel looks for it on the thread that mounts.
        try KernelKey.with(request.credentials) {
            let start = ContinuousClock.now
            if linux_mount(device.source, directory.number, "ceph", flags, device.data) == 0 { return }
            let error = errno
            let cameEarly = start.duration(to: .now) < timeout / 2
            throw failure(error, cameEarly, monitors).volumeError(for: request)
        }
    }

    private func failure(_ error: Int32, _ cameEarly: Bool, _ monitors: KernelMonitors) -> KernelMountFailure {
        // A few are enough: each that is silent costs a second.
        let isWorthAsking = KernelMountFailure.silence.contains(error) && !(error == EHOSTUNREACH && cameEarly)
        return KernelMountFailure(
            errno: error,
            cameEarly: cameEarly,
            monitorsTakeConnections: isWorthAsking
                && monitors.addresses.prefix(3).contains(where: HostResolver.takesConnections)
        )
    }

    private func homePath(_ stagingPath: String) throws -> MountPath {
        try PrivateMountPoint.path(for: stagingPath, below: options.runDirectory, suffix: Self.suffix)
    }

    /// Tells its private places from ceph-fuse's.
    static let suffix = ".kernel"

    /// The private places of this version and of earlier ones, as far as their directories are there.
    private func homes(of stagingPath: String) throws -> [MountTarget] {
        try [options.runDirectory, options.formerRunDirectory].compactMap { $0 }.compactMap { directory in
            try MountTarget(PrivateMountPoint.path(for: stagingPath, below: directory, suffix: Self.suffix))
        }
    }
}
