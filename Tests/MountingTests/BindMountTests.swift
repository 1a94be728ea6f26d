import Foundation
import Testing
import Volumes

@testable import Mounting

/// Publishing needs no Ceph: any mount at the staging path will do, so these tests bind a tmpfs. They need root.
@Suite(.serialized) struct BindMountTests {
    private let scratch: Scratch
    private let mounts: LinuxNodeMounts
    private let staging: String

    init() throws {
        scratch = try Scratch()
        mounts = LinuxNodeMounts(
            MountingOptions(runDirectory: scratch("run"), recordDirectory: scratch("records/of/mounts"))
        )
        staging = try scratch.makeTmpfs("staging")
        try stage(staging)
        try "hello".write(toFile: staging + "/file", atomically: false, encoding: .utf8)
    }

    /// Takes what is mounted at `path` for a volume that the plugin has staged.
    private func stage(_ path: String, as volumeID: String = "v") throws {
        let entry = try #require(try scratch.entries(at: path).last)
        mounts.records.note(volumeID, at: path, entry)
    }

    private func publish(_ target: String, readOnly: Bool = false, exclusive: Bool = false, from: String? = nil)
        async throws
    {
        try await mounts.publish(
            PublishRequest(
                volumeID: "v",
                stagingPath: from ?? staging,
                targetPath: target,
                readOnly: readOnly,
                exclusive: exclusive
            )
        )
    }

    private func unpublish(_ target: String) async throws {
        try await mounts.unpublish(volumeID: "v", targetPath: target)
    }

    @Test func `publish twice is one mount and unpublish twice leaves nothing`() async throws {
        let target = scratch("target")
        try await publish(target)
        try await publish(target)
        #expect(try scratch.entries(at: target).count == 1)
        #expect(try String(contentsOfFile: target + "/file", encoding: .utf8) == "hello")
        try "bye".write(toFile: target + "/new", atomically: false, encoding: .utf8)
        try await unpublish(target)
        try await unpublish(target)
        #expect(!FileManager.default.fileExists(atPath: target))
        #expect(try String(contentsOfFile: staging + "/new", encoding: .utf8) == "bye")
    }

    @Test func `the directory made has mode 0750 and one that is there is used`() async throws {
        try await publish(scratch("made"))
        try run("umount", scratch("made"))
        let mode = try FileManager.default.attributesOfItem(atPath: scratch("made"))[.posixPermissions] as? Int
        #expect(mode == 0o750)
        try await publish(scratch.makeDirectory("there"))
        #expect(try scratch.entries(at: scratch("there")).count == 1)
    }

    @Test func `a read-only target refuses writes and keeps the other flags while the stage stays writable`()
        async throws
    {
        let target = scratch("target")
        try await publish(target, readOnly: true)
        try await publish(target, readOnly: true)
        let entry = try #require(try scratch.entries(at: target).first)
        #expect(Set(["ro", "nosuid", "nodev"]).isSubset(of: entry.options))
        #expect(open(target + "/x", O_WRONLY | O_CREAT, 0o600) == -1)
        #expect(errno == EROFS)
        try "x".write(toFile: staging + "/x", atomically: false, encoding: .utf8)
    }

    @Test func `the same target with another mode is a conflict in both directions`() async throws {
        try await publish(scratch("a"), readOnly: true)
        try await publish(scratch("b"), readOnly: false)
        #expect(await errorKind { try await publish(scratch("a"), readOnly: false) } == "alreadyExists")
        #expect(await errorKind { try await publish(scratch("b"), readOnly: true) } == "alreadyExists")
        #expect(try scratch.entries(at: scratch("a")).count == 1)
    }

    @Test func `a read-only stage makes every target read-only and that is no conflict`() async throws {
        let stage = try scratch.makeTmpfs("ro-staging", options: "ro")
        try self.stage(stage)
        try await publish(scratch("target"), from: stage)
        try await publish(scratch("target"), from: stage)
        try await publish(scratch("target"), readOnly: true, from: stage)
        #expect(try #require(try scratch.entries(at: scratch("target")).first).isReadOnly)
    }

    @Test func `another volume at the target is a conflict and stays`() async throws {
        let target = try scratch.makeTmpfs("target")
        #expect(await errorKind { try await publish(target) } == "alreadyExists")
        #expect(try scratch.entries(at: target).map(\.source) == ["tmpfs-of-target"])
    }

    @Test func `without a mount at the staging path nothing is published and no directory made`() async throws {
        let plain = try scratch.makeDirectory("plain")
        for stage in [plain, scratch("missing"), scratch("missing/below")] {
            #expect(await errorKind { try await publish(scratch("target"), from: stage) } == "preconditionFailed")
        }
        #expect(!FileManager.default.fileExists(atPath: scratch("target")))
    }

    @Test func `an exclusive volume has one target at a time`() async throws {
        try await publish(scratch("a"), exclusive: true)
        try await publish(scratch("a"), exclusive: true)
        #expect(await errorKind { try await publish(scratch("b"), exclusive: true) } == "preconditionFailed")
        #expect(!FileManager.default.fileExists(atPath: scratch("b")))
        try await unpublish(scratch("a"))
        try await publish(scratch("b"), exclusive: true)
        try await publish(scratch("c"), exclusive: false)
    }

    @Test func `copies of the one target by mount propagation do not count as others`() async throws {
        let kubelet = try scratch.makeTmpfs("kubelet")
        try run("mount", "--make-shared", kubelet)
        try run("mount", "--bind", kubelet, try scratch.makeDirectory("copy"))
        try await publish(kubelet + "/pod", exclusive: true)
        #expect(try scratch.entries(at: scratch("copy/pod")).count == 1)
        try await publish(kubelet + "/pod", exclusive: true)
        try await unpublish(kubelet + "/pod")
        #expect(try scratch.entries(at: scratch("copy/pod")).isEmpty)
    }

    @Test func `many calls for one target at once leave one mount`() async throws {
        let target = scratch("target")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<20 { group.addTask { try await publish(target) } }
            try await group.waitForAll()
        }
        #expect(try scratch.entries(at: target).count == 1)
    }

    @Test func `exclusive calls for different targets at once have one winner`() async throws {
        let kinds = await withTaskGroup(of: String.self) { group in
            for number in 0..<10 {
                group.addTask { await errorKind { try await publish(scratch("t\(number)"), exclusive: true) } }
            }
            return await group.reduce(into: [String: Int]()) { $0[$1, default: 0] += 1 }
        }
        #expect(kinds == ["no error": 1, "preconditionFailed": 9])
    }

    @Test func `all mounts stacked on a target are taken off`() async throws {
        let target = scratch("target")
        try await publish(target)
        for _ in 0..<3 { try run("mount", "--bind", staging, target) }
        try await unpublish(target)
        #expect(try scratch.entries(at: target).isEmpty)
        #expect(!FileManager.default.fileExists(atPath: target))
    }

    @Test func `files under a target that is not mounted are never removed`() async throws {
        let target = try scratch.makeDirectory("target")
        try "mine".write(toFile: target + "/file", atomically: false, encoding: .utf8)
        #expect(await errorKind { try await unpublish(target) } == "preconditionFailed")
        #expect(try String(contentsOfFile: target + "/file", encoding: .utf8) == "mine")
    }

    @Test func `a target in use is not torn away and goes when it is free`() async throws {
        let target = scratch("target")
        try await publish(target)
        let file = open(target + "/file", O_RDONLY)
        #expect(await errorKind { try await unpublish(target) } == "preconditionFailed")
        #expect(try scratch.entries(at: target).count == 1)
        close(file)
        try await unpublish(target)
    }

    @Test func `a look at a target does not keep it from being unpublished`() async throws {
        try await publish(scratch("target"))
        let looking = open(scratch("target"), O_RDONLY | O_DIRECTORY)
        Thread.detachNewThread {
            usleep(200_000)
            close(looking)
        }
        try await unpublish(scratch("target"))
    }

    @Test func `paths that are no directories are refused by field and left alone`() async throws {
        let outside = try scratch.makeDirectory("outside")
        try FileManager.default.createSymbolicLink(atPath: scratch("link"), withDestinationPath: outside)
        try FileManager.default.createSymbolicLink(atPath: scratch("dangling"), withDestinationPath: scratch("none"))
        try "x".write(toFile: scratch("file"), atomically: false, encoding: .utf8)
        for name in ["link", "dangling", "file", "file/below"] {
            let error = await #expect(throws: VolumeError.self) { try await publish(scratch(name)) }
            guard case .invalid("target_path", _) = error else {
                Issue.record("\(name): \(String(describing: error))")
                continue
            }
            #expect(await errorKind { try await unpublish(scratch(name)) } == "invalid")
        }
        #expect(try scratch.entries(at: outside).isEmpty)
        #expect(!FileManager.default.fileExists(atPath: scratch("none")))
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: scratch("link")) == outside)
    }

    @Test func `a symbolic link above the last component is followed as on hosts that move kubelet's directory`()
        async throws
    {
        let real = try scratch.makeDirectory("data/kubelet")
        try FileManager.default.createSymbolicLink(atPath: scratch("kubelet"), withDestinationPath: real)
        try await publish(scratch("kubelet/pod"))
        try await publish(scratch("kubelet/pod"))
        #expect(try scratch.entries(at: real + "/pod").count == 1)
        #expect(try await mounts.usage(scratch("kubelet/pod")).totalBytes > 0)
        try await unpublish(scratch("kubelet/pod"))
        #expect(!FileManager.default.fileExists(atPath: real + "/pod"))
    }

    @Test func `a link swapped in while the target is in use can't lead the mount elsewhere`() async throws {
        let outside = try scratch.makeDirectory("outside")
        let swapper = Thread { [scratch] in
            while !Thread.current.isCancelled {
                symlink(outside, scratch("target"))
                unlink(scratch("target"))
                mkdir(scratch("target"), 0o750)
                rmdir(scratch("target"))
            }
        }
        swapper.start()
        defer { swapper.cancel() }
        var published = 0
        for _ in 0..<300 {
            if await errorKind({ try await publish(scratch("target")) }) == "no error" { published += 1 }
            #expect(try scratch.entries(at: outside).isEmpty)
            umount2(scratch("target"), Int32(MNT_DETACH | UMOUNT_NOFOLLOW))
        }
        #expect(published > 0)
    }

    @Test func `a parent that does not exist is the CO's to make`() async throws {
        #expect(await errorKind { try await publish(scratch("none/target")) } == "preconditionFailed")
        #expect(!FileManager.default.fileExists(atPath: scratch("none")))
        try await unpublish(scratch("none/target"))
    }

    @Test func `names with spaces and backslashes are found in the mount table`() async throws {
        let target = scratch(#"a b\040c"#)
        try await publish(target)
        try await publish(target)
        #expect(try scratch.entries(at: target).count == 1)
        try await unpublish(target)
        #expect(!FileManager.default.fileExists(atPath: target))
    }

    @Test func `usage of what is not mounted is not found`() async throws {
        let plain = try scratch.makeDirectory("plain")
        for path in [plain, scratch("missing"), scratch("no/where"), staging + "/below"] {
            #expect(await errorKind { _ = try await mounts.statistics(volumeID: "v", path: path) } == "notFound")
        }
        #expect(await errorKind { _ = try await mounts.statistics(volumeID: "v", path: "relative") } == "invalid")
    }

    @Test func `usage of a file system without ceph's attributes comes from its own figures`() async throws {
        let stage = try scratch.makeTmpfs("sized", options: "size=1m,nr_inodes=100")
        try Data(count: 8192).write(to: URL(fileURLWithPath: stage + "/data"))
        let usage = try await mounts.usage(stage)
        #expect(
            usage == VolumeUsage(totalBytes: 1 << 20, usedBytes: 8192, availableBytes: (1 << 20) - 8192, usedInodes: 2)
        )
    }

    @Test func `what is no CephFS is abnormal and named, with its usage`() async throws {
        let statistics = try await mounts.statistics(volumeID: "v", path: staging)
        #expect(statistics.usage != nil)
        #expect(statistics.condition.isAbnormal)
        #expect(statistics.condition.message.contains("\"tmpfs-of-staging\" (tmpfs)"))
    }

    @Test func `a directory that an unclean end left at the target is used`() async throws {
        _ = try scratch.makeDirectory("target")
        try await publish(scratch("target"))
        #expect(try scratch.entries(at: scratch("target")).count == 1)
    }

    @Test func `unstage refuses while targets are left and keeps files of the node`() async throws {
        try await publish(scratch("target"))
        #expect(
            await errorKind { try await mounts.unstage(volumeID: "v", stagingPath: staging) } == "preconditionFailed"
        )
        #expect(try scratch.entries(at: staging).count == 1)
        try await unpublish(scratch("target"))
        try await mounts.unstage(volumeID: "v", stagingPath: staging)
        #expect(!FileManager.default.fileExists(atPath: staging))
        let plain = try scratch.makeDirectory("plain")
        try "mine".write(toFile: plain + "/file", atomically: false, encoding: .utf8)
        try await mounts.unstage(volumeID: "v", stagingPath: plain)
        #expect(try String(contentsOfFile: plain + "/file", encoding: .utf8) == "mine")
    }
}
