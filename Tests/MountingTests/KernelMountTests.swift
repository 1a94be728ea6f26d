import Cryptography
import Foundation
import Testing
import Volumes

@testable import Mounting

/// Whether this run is to try the kernel's client: set by what runs the tests in a machine whose kernel has one.
let kernelIsTried = ProcessInfo.processInfo.environment["CEPHFS_CSI_KERNEL_TESTS"] == "1"

/// Real volumes on the dev cluster, mounted by the kernel's client. With CEPHFS_CSI_KERNEL_TESTS=1 alone, and then they
/// fail where the kernel has none; without it, a kernel that has one is no reason to expect that it reaches the cluster.
@Suite(.serialized, .enabled(if: kernelIsTried, "CEPHFS_CSI_KERNEL_TESTS is not 1")) struct KernelMountTests {
    let scratch: Scratch
    let cluster: DevCluster
    let options: MountingOptions
    let mounts: LinuxNodeMounts
    let log = Lines()
    let volume: String
    let request: StageRequest

    init() async throws {
        try #require(KernelSupport.askKernel() == .available)
        scratch = try Scratch()
        cluster = try DevCluster()
        options = MountingOptions(
            runDirectory: scratch("run"),
            mountTimeout: .seconds(10),
            unmountTimeout: .seconds(3),
            forceUnmountAfter: .seconds(5),
            statisticsPatience: .seconds(1)
        )
        mounts = LinuxNodeMounts(options, log: log.log)
        volume = try await cluster.makeVolume(scratch, mounter: .kernel)
        var request = cluster.request(volume, at: scratch("staging"))
        request.mounter = .kernel
        request.cluster.fsid = cluster.fsid
        self.request = request
    }

    func unstage() async throws {
        try await mounts.unstage(volumeID: "v", stagingPath: request.stagingPath)
    }

    func publish(_ target: String, exclusive: Bool = false, restage: StageRequest? = nil) async throws {
        try await mounts.publish(
            PublishRequest(
                volumeID: "v",
                stagingPath: request.stagingPath,
                targetPath: scratch(target),
                readOnly: false,
                exclusive: exclusive,
                restage: { restage }
            )
        )
    }

    func unpublish(_ target: String) async throws {
        try await mounts.unpublish(volumeID: "v", targetPath: scratch(target))
    }

    func nothingIsLeft() throws -> Bool {
        let homes = (try? FileManager.default.contentsOfDirectory(atPath: options.runDirectory)) ?? []
        return try homes.isEmpty && scratch.mounts().isEmpty
            && !FileManager.default.fileExists(atPath: request.stagingPath)
    }

    func staged() throws -> MountEntry {
        #expect(try scratch.entries(at: request.stagingPath).count == 1)
        return try #require(try scratch.entries(at: request.stagingPath).first)
    }

    @Test func `stage twice is one mount, what is written survives unstage, and nothing is left`() async throws {
        try await mounts.stage(request)
        let entry = try staged()
        try await mounts.stage(request)
        #expect(try staged() == entry)
        #expect(entry.type == "ceph")
        #expect(Set(["nosuid", "nodev", "rw"]).isSubset(of: entry.options))
        #expect(entry.superOptions.contains("noshare"))
        #expect(try scratch.mounts().count == 1)
        try "kept".write(toFile: request.stagingPath + "/file", atomically: false, encoding: .utf8)
        try await unstage()
        #expect(try nothingIsLeft())
        try await unstage()
        try await mounts.stage(request)
        #expect(try String(contentsOfFile: request.stagingPath + "/file", encoding: .utf8) == "kept")
        try await unstage()
    }

    @Test func `a cluster without an id is mounted by the older device syntax and recognised`() async throws {
        var old = request
        old.cluster.fsid = nil
        try await mounts.stage(old)
        let entry = try staged()
        #expect(entry.source.hasSuffix(":\(volume)"))
        // The configuration has the id now, and other monitors.
        var moved = request
        moved.cluster.monitors = ["127.0.0.1:1"]
        try await mounts.stage(moved)
        #expect(try staged() == entry)
        try await unstage()
        #expect(try nothingIsLeft())
    }

    @Test func `the key is in no mount table and in no keyring afterwards`() async throws {
        try await mounts.stage(request)
        let table = try String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8)
        cluster.node.key.withExposed { #expect(!table.contains($0)) }
        let keys = try String(contentsOfFile: "/proc/keys", encoding: .utf8)
        #expect(!keys.contains("client.\(cluster.node.user)"), "\(keys)")
        try await unstage()
    }

    @Test func `each stage has a device of its own, so that exclusive counts its own targets only`() async throws {
        var other = request
        other.stagingPath = scratch("other-staging")
        try await mounts.stage(request)
        try await mounts.stage(other)
        let devices = try Set(scratch.mounts().map(\.device))
        #expect(devices.count == 2)
        try await publish("a", exclusive: true)
        try await publish("a", exclusive: true)
        #expect(await errorKind { try await publish("b", exclusive: true) } == "preconditionFailed")
        try await mounts.publish(
            PublishRequest(
                volumeID: "v",
                stagingPath: other.stagingPath,
                targetPath: scratch("c"),
                readOnly: true,
                exclusive: true
            )
        )
        #expect(open(scratch("c/x"), O_WRONLY | O_CREAT, 0o600) == -1 && errno == EROFS)
        #expect(await errorKind { try await unstage() } == "preconditionFailed")
        for target in ["a", "c"] { try await unpublish(target) }
        try await unstage()
        try await mounts.unstage(volumeID: "v", stagingPath: other.stagingPath)
        #expect(try nothingIsLeft())
    }

    @Test func `a read-only stage refuses writes and every option reaches the kernel`() async throws {
        var changed = request
        changed.options = [
            "ro", "noatime", "wsize=65536", "rsize=65536", "rasize=4096", "caps_max=100", "readdir_max_entries=100",
            "readdir_max_bytes=65536", "rbytes", "dirstat", "nowsync", "nocopyfrom", "noacl", "noquotadf", "nodcache",
            "noasyncreaddir", "ino32", "write_congestion_kb=2048", "caps_wanted_delay_min=2", "caps_wanted_delay_max=9",
            "snapdirname=.s", "read_from_replica=localize", "crush_location=host:h1|rack:r1", "osdkeepalive=4",
            "osd_idle_ttl=20", "osd_request_timeout=100", "abort_on_full", "notcp_nodelay", "nocrc", "mount_timeout=7",
            "ms_mode=crc", "rxbounce", "nopagecache", "dev", "_netdev",
        ]
        try await mounts.stage(changed)
        let entry = try staged()
        #expect(entry.isReadOnly)
        #expect(entry.options.contains("noatime"))
        #expect(!entry.options.contains("nodev"))
        for option in [
            "wsize=65536", "ms_mode=crc", "mount_timeout=7", "crush_location=host:h1|rack:r1", "snapdirname=.s",
        ] {
            #expect(entry.superOptions.contains(option), "\(option): \(entry.superOptions)")
        }
        #expect(await errorKind { try await mounts.stage(request) } == "alreadyExists")
        try await unstage()
        #expect(try nothingIsLeft())
    }

    @Test func `each refusal has its error and leaves nothing behind`() async throws {
        var cases: [(String, StageRequest)] = []
        func add(_ kind: String, _ change: (inout StageRequest) -> Void) {
            var changed = request
            change(&changed)
            cases.append((kind, changed))
        }
        add("unauthenticated") {
            $0.credentials = CephCredentials(user: cluster.node.user, key: cluster.provisioner.key)
        }
        add("unauthenticated") { $0.credentials = CephCredentials(user: "nobody", key: cluster.node.key) }
        add("unauthenticated") { $0.credentials = CephCredentials(user: cluster.node.user, key: Secret("garbage")) }
        add("unauthenticated") { $0.filesystem = "nofs" }
        add("permissionDenied") { $0.path = cluster.root }
        add("notFound") { $0.path = volume + "/missing" }
        add("preconditionFailed") { $0.cluster.fsid = "11111111-2222-3333-4444-555555555555" }
        add("invalid") { $0.options = ["nosuchoption"] }
        add("invalid") { $0.options = ["context=a_b_c:s0"] }
        for (kind, changed) in cases {
            let start = ContinuousClock.now
            #expect(await errorKind { try await mounts.stage(changed) } == kind, "\(changed)")
            #expect(start.duration(to: .now) < .seconds(4), "\(changed)")
            #expect(try nothingIsLeft(), "\(changed)")
        }
    }

    @Test func `a monitor that does not answer is unavailable once the mount timeout is over`() async throws {
        let impatient = LinuxNodeMounts(MountingOptions(runDirectory: options.runDirectory, mountTimeout: .seconds(2)))
        var dead = request
        dead.cluster.monitors = ["127.0.0.1:1"]
        let error = await #expect(throws: VolumeError.self) { try await impatient.stage(dead) }
        #expect(error?.kind == "unavailable")
        #expect("\(String(describing: error))".contains("takes connections from this node"))
        #expect(try nothingIsLeft())
    }

    @Test func `what a killed plugin left at the private place is taken up or cleared away`() async throws {
        try await mounts.stage(request)
        let device = try staged().device
        let home = try PrivateMountPoint.path(
            for: request.stagingPath,
            below: options.runDirectory,
            suffix: ".kernel"
        ).text
        func leave() throws {
            try FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: false)
            try run("mount", "--bind", request.stagingPath, home)
            try run("umount", request.stagingPath)
        }
        try leave()
        try await mounts.stage(request)
        #expect(try staged().device == device)
        #expect(try scratch.mounts().count == 1)
        try leave()
        var readOnly = request
        readOnly.readOnly = true
        try await mounts.stage(readOnly)
        #expect(try staged().isReadOnly)
        try leave()
        try await unstage()
        #expect(try nothingIsLeft())
    }

    @Test func `auto takes the kernel's client and leaves a live ceph-fuse as it is`() async throws {
        var automatic = request
        automatic.mounter = .auto
        try await mounts.stage(automatic)
        #expect(try staged().type == "ceph")
        #expect(log.all.contains { $0.contains("kernel's CephFS client") })
        try await unstage()
        var fuse = request
        fuse.mounter = .fuse
        try await mounts.stage(fuse)
        try await mounts.stage(automatic)
        #expect(try staged().type == "fuse.ceph-fuse")
        let place = try #require(try scratch.mounts().first { $0.mountPoint.hasPrefix(options.runDirectory) })
        // ceph-fuse tries a remount when it begins. Killed in the middle of that it would leave a child that holds
        // the connection open and waits for itself.
        try await waitUntil("no remount is under way") { try !run("ps", "-eo", "args").contains("-o remount") }
        for process in try ServingProcess.all(serving: place.mountPoint) { kill(process.pid, SIGKILL) }
        try await waitUntil("the mount is dead") { access(request.stagingPath, F_OK) != 0 }
        try cluster.evictClients(of: volume)
        try await mounts.stage(automatic)
        #expect(try staged().type == "ceph")
        #expect(try scratch.mounts().count == 1)
        try await unstage()
        #expect(try nothingIsLeft())
    }

    @Test func `a ceph-fuse is put into a cgroup of its own, which goes with it`() async throws {
        let directory = "/sys/fs/cgroup/\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
        defer { rmdir(directory) }
        var separate = options
        separate.fuseCgroup = directory
        // A process takes its time to end where the processor is emulated.
        separate.unmountTimeout = .seconds(30)
        let mounts = LinuxNodeMounts(separate, log: log.log)
        var fuse = request
        fuse.mounter = .fuse
        try await mounts.stage(fuse)
        let place = try #require(try scratch.mounts().first { $0.mountPoint.hasPrefix(options.runDirectory) })
        let process = try #require(try ServingProcess.all(serving: place.mountPoint).first)
        let name = try #require(place.mountPoint.split(separator: "/").last)
        let cgroup = try String(contentsOfFile: "/proc/\(process.pid)/cgroup", encoding: .utf8)
        #expect(cgroup == "0::\(directory.dropFirst("/sys/fs/cgroup".count))/\(name)\n")
        #expect(log.all.allSatisfy { !$0.contains("cgroup") })
        try await mounts.unstage(volumeID: "v", stagingPath: request.stagingPath)
        #expect(!FileManager.default.fileExists(atPath: "\(directory)/\(name)"))
        #expect(try nothingIsLeft())
    }
}
