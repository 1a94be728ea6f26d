import Cryptography
import Foundation
import Testing
import Volumes

@testable import Mounting

/// Real volumes on the dev cluster, mounted by its path-restricted node user. They need root and /dev/fuse.
@Suite(.serialized) struct CephFuseTests {
    let scratch: Scratch
    let cluster: DevCluster
    let options: MountingOptions
    let mounts: LinuxNodeMounts
    let volume: String
    let request: StageRequest

    init() async throws {
        scratch = try Scratch()
        cluster = try DevCluster()
        options = MountingOptions(runDirectory: scratch("run"), mountTimeout: .seconds(20))
        mounts = LinuxNodeMounts(options)
        volume = try await cluster.makeVolume(scratch)
        request = cluster.request(volume, at: scratch("staging"))
    }

    func unstage() async throws {
        try await mounts.unstage(volumeID: "v", stagingPath: request.stagingPath)
    }

    func publish(_ target: String, exclusive: Bool = false) async throws {
        try await mounts.publish(
            PublishRequest(
                volumeID: "v",
                stagingPath: request.stagingPath,
                targetPath: scratch(target),
                readOnly: false,
                exclusive: exclusive
            )
        )
    }

    /// The ids of the ceph-fuse processes below the run directory.
    func processes() throws -> [pid_t] {
        try scratch.mounts().filter { $0.mountPoint.hasPrefix(options.runDirectory) }.map(\.mountPoint)
            .flatMap { try ServingProcess.all(serving: $0).map(\.pid) }
    }

    func process() throws -> pid_t { try #require(try processes().first) }

    /// Whether neither a mount, nor a directory, nor a process is left.
    func nothingIsLeft() throws -> Bool {
        let homes = (try? FileManager.default.contentsOfDirectory(atPath: options.runDirectory)) ?? []
        let all = try run("ps", "-eo", "args")
        return try homes.isEmpty && scratch.mounts().isEmpty && !all.contains(options.runDirectory)
            && !FileManager.default.fileExists(atPath: request.stagingPath)
    }

    @Test func `stage twice is one mount, and what is written survives unstage, which leaves nothing`() async throws {
        try await mounts.stage(request)
        let first = try process()
        try await mounts.stage(request)
        #expect(try processes() == [first])
        let entry = try #require(try scratch.entries(at: request.stagingPath).first)
        #expect(try scratch.entries(at: request.stagingPath).count == 1)
        #expect(entry.type == "fuse.ceph-fuse")
        #expect(entry.source == "\(cluster.node.user)@dev.\(cluster.filesystem)=\(volume)")
        #expect(Set(["nosuid", "nodev", "rw"]).isSubset(of: entry.options))
        try "kept".write(toFile: request.stagingPath + "/file", atomically: false, encoding: .utf8)
        try await unstage()
        #expect(try nothingIsLeft())
        try await unstage()
        try await mounts.stage(request)
        #expect(try String(contentsOfFile: request.stagingPath + "/file", encoding: .utf8) == "kept")
        try await unstage()
    }

    @Test func `an AES-256 key that ceph-fuse can't decode is named, others the cluster judges`() async throws {
        var foreign = request
        let key = "AgBfX19fX19fXyAAbm90IHRoZSByZWFsIGtleSwgYW5kIHR3aWNlIGFzIGw="
        foreign.credentials = CephCredentials(user: cluster.node.user, key: Secret(key))
        let program = try #require(Program.find("ceph-fuse", in: CephFuseCommand.searchPath))
        let release = try #require(CephFuseProcess.release(of: program))
        let error = await #expect(throws: VolumeError.self) { try await mounts.stage(foreign) }
        switch error {
        case .unauthenticated: #expect(release.knowsAES256Keys)
        case .preconditionFailed(let message):
            #expect(!release.knowsAES256Keys)
            #expect(message.contains("ceph-fuse (\(release)) can't use such keys: ceph-fuse 20 can"))
        default: Issue.record("\(String(describing: error))")
        }
        #expect(!"\(String(describing: error))".contains(key))
        #expect(try nothingIsLeft())
    }

    @Test func `calls for one staging path at once start one process`() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<8 { group.addTask { try await mounts.stage(request) } }
            try await group.waitForAll()
        }
        #expect(try processes().count == 1)
        #expect(try scratch.entries(at: request.stagingPath).count == 1)
        try await unstage()
        #expect(try nothingIsLeft())
    }

    @Test func `usage has the quota's bytes and counts files and directories`() async throws {
        try await mounts.stage(request)
        for name in ["a", "b", "c"] {
            try Data(count: 1 << 20).write(to: URL(fileURLWithPath: "\(request.stagingPath)/\(name)"))
        }
        try await publish("target")
        // The MDS adds up a directory with some delay.
        var usage = try await mounts.usage(scratch("target"))
        for _ in 0..<200 where usage.usedInodes < 4 {
            try await Task.sleep(for: .milliseconds(100))
            usage = try await mounts.usage(scratch("target"))
        }
        #expect(usage.totalBytes == 64 << 20)
        #expect(usage.usedBytes + usage.availableBytes == 64 << 20)
        #expect(usage.usedInodes == 4)
        try await mounts.unpublish(volumeID: "v", targetPath: scratch("target"))
        try await unstage()
    }

    @Test func `two targets see one volume and a read-only stage refuses writes`() async throws {
        var readOnly = request
        readOnly.options = ["ro"]
        try await mounts.stage(readOnly)
        try await publish("a")
        try await publish("b")
        #expect(open(scratch("a/x"), O_WRONLY | O_CREAT, 0o600) == -1)
        #expect(errno == EROFS)
        #expect(await errorKind { try await mounts.stage(request) } == "alreadyExists")
        for target in ["a", "b"] { try await mounts.unpublish(volumeID: "v", targetPath: scratch(target)) }
        try await unstage()
        #expect(try nothingIsLeft())
    }

    @Test func `ceph-fuse's own mount is no target, even below a link and where mounts are shared`() async throws {
        let shared = try scratch.makeTmpfs("shared")
        try run("mount", "--make-shared", shared)
        try run("mount", "--bind", shared, try scratch.makeDirectory("copy"))
        try FileManager.default.createDirectory(atPath: shared + "/run", withIntermediateDirectories: false)
        try FileManager.default.createSymbolicLink(atPath: scratch("link"), withDestinationPath: shared + "/run")
        let mounts = LinuxNodeMounts(MountingOptions(runDirectory: scratch("link/cephfs-csi")))
        var request = request
        request.stagingPath = shared + "/staging"
        try await mounts.stage(request)
        var target = PublishRequest(
            volumeID: "v",
            stagingPath: request.stagingPath,
            targetPath: shared + "/a",
            readOnly: false,
            exclusive: true
        )
        try await mounts.publish(target)
        try await mounts.publish(target)
        target.targetPath = shared + "/b"
        #expect(await errorKind { try await mounts.publish(target) } == "preconditionFailed")
        try await mounts.unpublish(volumeID: "v", targetPath: shared + "/a")
        try await mounts.unstage(volumeID: "v", stagingPath: request.stagingPath)
        #expect(try scratch.mounts().allSatisfy { $0.type == "tmpfs" })
        #expect(try !run("ps", "-eo", "args").contains(shared))
    }

    @Test func `another volume or user at the staging path is a conflict and stays`() async throws {
        try await mounts.stage(request)
        let before = try process()
        var other = request
        other.path = volume + "/other"
        #expect(await errorKind { try await mounts.stage(other) } == "alreadyExists")
        other = request
        other.credentials = cluster.provisioner
        #expect(await errorKind { try await mounts.stage(other) } == "alreadyExists")
        #expect(try processes() == [before])
        try await unstage()
        let foreign = try scratch.makeTmpfs("foreign")
        other = request
        other.stagingPath = foreign
        #expect(await errorKind { try await mounts.stage(other) } == "alreadyExists")
        #expect(try scratch.entries(at: foreign).map(\.type) == ["tmpfs"])
    }

    @Test func `a class that is written for both clients is mounted, with Ceph's own options in force`() async throws {
        var request = request
        request.options = ["_netdev", "defaults", "nofail", "x-systemd.automount", "noatime", "nodiratime", "relatime"]
        request.kernelOptions = ["rbytes", "ms_mode=crc"]
        request.fuseOptions = ["client_oc_size=1048576", "max_read=131072"]
        try await mounts.stage(request)
        let entry = try #require(try scratch.entries(at: request.stagingPath).first)
        #expect(entry.options.contains("noatime"))
        #expect(entry.superOptions.contains("max_read=131072"))
        let arguments = try run("ps", "-o", "args=", "-p", "\(process())")
        #expect(arguments.contains("--client_oc_size=1048576 "))
        try await unstage()
        request.options = ["rbytes"]
        let error = await volumeError { try await mounts.stage(request) }
        #expect("\(String(describing: error))".contains("kernelMountOptions"))
        request.options = ["client_nosuch=1"]
        let unknown = await volumeError { try await mounts.stage(request) }
        #expect("\(String(describing: unknown))".contains("client_nosuch"))
        #expect(try nothingIsLeft())
    }

    @Test func `names of monitors and the cluster's id count for ceph-fuse, too`() async throws {
        let port = cluster.monitors.joined().split(separator: ":").last.map { $0.filter(\.isNumber) } ?? ""
        var request = request
        request.cluster.fsid = cluster.fsid
        for monitors in [
            ["no-such-host.invalid:6789"] + cluster.monitors, ["[v2:no-such-host.invalid:3300]", "localhost:\(port)"],
        ] {
            request.cluster.monitors = monitors
            try await mounts.stage(request)
            try await unstage()
        }
        request.cluster.monitors = ["no-such-host.invalid:6789", "nor-this.invalid:3300"]
        #expect(await errorKind { try await mounts.stage(request) } == "unavailable")
        request.cluster.monitors = cluster.monitors
        request.cluster.fsid = "00000000-0000-0000-0000-000000000000"
        let error = await volumeError { try await mounts.stage(request) }
        #expect(error?.kind == "preconditionFailed")
        #expect("\(String(describing: error))".contains(cluster.fsid))
        #expect(try nothingIsLeft())
    }

    @Test func `a path that is a file or a link, or leads through one, is refused by its field and leaves nothing`()
        async throws
    {
        try await mounts.stage(request)
        let root = request.stagingPath
        try FileManager.default.createDirectory(atPath: root + "/directory/below", withIntermediateDirectories: true)
        try "x".write(toFile: root + "/file", atomically: false, encoding: .utf8)
        try FileManager.default.createSymbolicLink(atPath: root + "/link", withDestinationPath: "directory")
        try FileManager.default.createSymbolicLink(atPath: root + "/away", withDestinationPath: cluster.root)
        try await unstage()
        var request = request
        for name in ["file", "link", "away", "link/below", "file/below"] {
            request.path = volume + "/" + name
            let error = await volumeError { try await mounts.stage(request) }
            guard case .invalid("volume_context[path]", _) = error else {
                Issue.record("\(name): \(String(describing: error))")
                continue
            }
            #expect(try nothingIsLeft())
        }
        request.path = volume + "/directory"
        try await mounts.stage(request)
        try await unstage()
    }

    @Test func `a restarted plugin knows the mount and ends its process`() async throws {
        try await mounts.stage(request)
        let before = try process()
        let next = LinuxNodeMounts(options)
        try await next.stage(request)
        #expect(try processes() == [before])
        try await next.unstage(volumeID: "v", stagingPath: request.stagingPath)
        #expect(try nothingIsLeft())
    }

    @Test func `a mount whose plugin was killed before the bind is taken up`() async throws {
        try await mounts.stage(request)
        let before = try process()
        try run("umount", request.stagingPath)
        try await mounts.stage(request)
        #expect(try processes() == [before])
        try run("umount", request.stagingPath)
        var other = request
        other.readOnly = true
        try await mounts.stage(other)
        #expect(try processes() != [before])
        try run("umount", request.stagingPath)
        try await unstage()
        #expect(try nothingIsLeft())
    }

    @Test func `the key is in no argument, environment or file of ceph-fuse's, and it lives in a session of its own`()
        async throws
    {
        let inheritable = open("/etc/hostname", O_RDONLY)
        defer { close(inheritable) }
        try await mounts.stage(request)
        let pid = try process()
        #expect(getsid(pid) == pid)
        cluster.node.key.withExposed { key in
            for name in ["cmdline", "environ"] {
                let content = FileManager.default.contents(atPath: "/proc/\(pid)/\(name)") ?? Data()
                #expect(!content.isEmpty)
                #expect(content.range(of: Data(key.utf8)) == nil)
            }
        }
        let files = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd").compactMap {
            try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/fd/\($0)")
        }
        #expect(!files.contains("/etc/hostname"))
        try await unstage()
    }
}
