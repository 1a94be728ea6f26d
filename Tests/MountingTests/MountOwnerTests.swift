import Foundation
import Testing
import Volumes

@testable import Mounting

/// Only what is a volume's own is published, covered or taken off in its name. With a tmpfs in the place of a CephFS; they
/// need root.
@Suite(.serialized) struct MountOwnerTests {
    private let scratch: Scratch
    private let mounts: LinuxNodeMounts
    private let staging: String

    init() throws {
        scratch = try Scratch()
        mounts = LinuxNodeMounts(MountingOptions(runDirectory: scratch("run"), recordDirectory: scratch("records")))
        staging = try scratch.makeTmpfs("staging")
        mounts.records.note("mine", at: staging, try #require(try scratch.entries(at: staging).last))
    }

    private func publish(_ volumeID: String, _ target: String) async throws {
        try await mounts.publish(
            PublishRequest(
                volumeID: volumeID,
                stagingPath: staging,
                targetPath: target,
                readOnly: false,
                exclusive: false
            )
        )
    }

    @Test(arguments: ["other", "", "Mine", "mine ", "dev:cephfs:csi:mine"])
    func `another volume's stage is neither published nor unstaged`(volumeID: String) async throws {
        let target = scratch("target")
        #expect(await errorKind { try await publish(volumeID, target) } == "preconditionFailed")
        #expect(!FileManager.default.fileExists(atPath: target))
        let unstage = { try await mounts.unstage(volumeID: volumeID, stagingPath: staging) }
        #expect(await errorKind(unstage) == "preconditionFailed")
        #expect(try scratch.entries(at: staging).count == 1)
    }

    @Test func `another volume's target stays, and the owner's goes`() async throws {
        let target = scratch("target")
        try await publish("mine", target)
        let unpublish = { try await mounts.unpublish(volumeID: "other", targetPath: target) }
        #expect(await errorKind(unpublish) == "preconditionFailed")
        #expect(try scratch.entries(at: target).count == 1)
        try await mounts.unpublish(volumeID: "mine", targetPath: target)
        #expect(!FileManager.default.fileExists(atPath: target))
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch("records")).count == 1)
    }

    @Test func `what somebody else mounted is never taken off, on top of the volume or alone`() async throws {
        let alone = try scratch.makeTmpfs("alone")
        let covered = scratch("covered")
        try await publish("mine", covered)
        try run("mount", "-t", "tmpfs", "on-top", covered)
        for path in [alone, covered] {
            let unpublish = { try await mounts.unpublish(volumeID: "mine", targetPath: path) }
            #expect(await errorKind(unpublish) == "preconditionFailed")
        }
        #expect(try scratch.entries(at: alone).count == 1)
        #expect(try scratch.entries(at: covered).map(\.source) == ["tmpfs-of-staging", "on-top"])
        let unstage = { try await mounts.unstage(volumeID: "mine", stagingPath: alone) }
        #expect(await errorKind(unstage) == "preconditionFailed")
        try run("umount", covered)
        try await mounts.unpublish(volumeID: "mine", targetPath: covered)
    }

    @Test func `a mount below the volume's on the target stays when the volume's is off`() async throws {
        let target = try scratch.makeTmpfs("below")
        try run("mount", "--bind", staging, target)
        mounts.records.note("mine", at: target, try #require(try scratch.entries(at: target).last))
        let unpublish = { try await mounts.unpublish(volumeID: "mine", targetPath: target) }
        #expect(await errorKind(unpublish) == "preconditionFailed")
        #expect(try scratch.entries(at: target).map(\.source) == ["tmpfs-of-below"])
    }

    @Test(arguments: ["file", ".hidden", "\u{338}", "directory/"])
    func `a target that holds files is not covered`(name: String) async throws {
        let target = try scratch.makeDirectory("target")
        if name.hasSuffix("/") {
            _ = try scratch.makeDirectory("target/directory")
        } else {
            try "mine".write(toFile: target + "/" + name, atomically: false, encoding: .utf8)
        }
        #expect(await errorKind { try await publish("mine", target) } == "preconditionFailed")
        #expect(try scratch.entries(at: target).isEmpty)
        #expect(try FileManager.default.contentsOfDirectory(atPath: target).count == 1)
    }

    @Test func `a record of what is not mounted any more says nothing`() async throws {
        let target = scratch("target")
        try await publish("mine", target)
        try run("umount", target)
        try run("mount", "-t", "tmpfs", "later", target)
        let entry = try #require(try scratch.entries(at: target).last)
        #expect(mounts.records.volume(at: target, entry) == nil)
        let unpublish = { try await mounts.unpublish(volumeID: "mine", targetPath: target) }
        #expect(await errorKind(unpublish) == "preconditionFailed")
    }

    @Test func `paths that only look alike have targets and records of their own`() async throws {
        let paths = [scratch("\u{E9}"), scratch("e\u{301}")]
        for path in paths { try await publish("mine", path) }
        let entries = try paths.map { path in
            try scratch.mounts().filter { $0.mountPoint.utf8.elementsEqual(path.utf8) }.count
        }
        #expect(entries == [1, 1])
        try await mounts.unpublish(volumeID: "mine", targetPath: paths[0])
        #expect(try scratch.mounts().contains { $0.mountPoint.utf8.elementsEqual(paths[1].utf8) })
    }

    @Test func `a disk that takes no record fails no call`() async throws {
        try FileManager.default.removeItem(atPath: scratch("records"))
        try "in the way".write(toFile: scratch("records"), atomically: false, encoding: .utf8)
        let log = Lines()
        let mounts = LinuxNodeMounts(
            MountingOptions(runDirectory: scratch("run"), recordDirectory: scratch("records")),
            log: log.log
        )
        let entry = try #require(try scratch.entries(at: staging).last)
        mounts.records.note("mine", at: staging, entry)
        #expect(log.all.count == 1)
        #expect(mounts.records.volume(at: staging, entry) == nil)
    }

    @Test(arguments: [
        ("dev:cephfs:csi:v1", "u@dev.cephfs=/volumes/csi/v1/data", "/", true),
        ("dev:cephfs:csi:v1", "10.0.0.1:6789:/volumes/csi/v1/data", "/", true),
        ("dev:cephfs:csi:v1", "u@dev.cephfs=/volumes/csi/v2/data", "/", false),
        ("dev:cephfs:csi:v1", "u@dev.cephfs=/volumes/csi/v11/data", "/", false),
        ("dev:cephfs:csi:v1", "u@dev.cephfs=/volumes/csi/v2/data", "/.snap/_s_1", true),
        ("by hand", "u@dev.cephfs=/data/shared", "/", true),
    ]) func `without a record the table tells what can be told`(
        volumeID: String,
        source: String,
        root: String,
        isTakenOff: Bool
    ) throws {
        let line = "36 35 0:9 \(root) \(staging) rw - fuse.ceph-fuse \(source) rw"
        let entry = try #require(MountEntry(line: line[...]))
        let target = try #require(try MountTarget(MountPath(staging, field: "target_path")))
        let check = { try mounts.check(entry, at: target, isOf: volumeID) }
        if isTakenOff { try check() } else { #expect(throws: VolumeError.self, performing: check) }
    }
}
