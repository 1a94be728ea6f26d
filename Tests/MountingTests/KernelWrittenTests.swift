import Foundation
import Testing
import Volumes

@testable import Mounting

/// What people write, with the kernel's client on the dev cluster. They need root and the module ceph.
@Suite(.serialized, .enabled(if: kernelIsTried, "CEPHFS_CSI_KERNEL_TESTS is not 1")) struct KernelWrittenTests {
    private let scratch: Scratch
    private let cluster: DevCluster
    private let mounts: LinuxNodeMounts
    private let request: StageRequest

    init() async throws {
        try #require(KernelSupport.askKernel() == .available)
        scratch = try Scratch()
        cluster = try DevCluster()
        mounts = LinuxNodeMounts(
            MountingOptions(
                runDirectory: scratch("run"),
                mountTimeout: .seconds(10),
                recordDirectory: scratch("records")
            )
        )
        let volume = try await cluster.makeVolume(scratch, mounter: .kernel)
        var request = cluster.request(volume, at: scratch("staging"))
        request.mounter = .kernel
        self.request = request
    }

    private func unstage() async throws {
        try await mounts.unstage(volumeID: request.volumeID, stagingPath: request.stagingPath)
    }

    @Test func `a class that is written for both clients is mounted with the kernel's own options`() async throws {
        var request = request
        request.options = ["_netdev", "defaults", "nofail", "x-systemd.automount", "noatime", "nodiratime", "relatime"]
        request.kernelOptions = ["rbytes", "wsize=65536"]
        request.fuseOptions = ["client_oc_size=1048576", "max_read=131072"]
        try await mounts.stage(request)
        let entry = try #require(try scratch.entries(at: request.stagingPath).first)
        #expect(entry.superOptions.contains("wsize=65536"))
        try await unstage()
        request.options = ["client_oc_size=1048576"]
        let error = await volumeError { try await mounts.stage(request) }
        #expect("\(String(describing: error))".contains("fuseMountOptions"))
    }

    @Test func `a path that is a file or a link, or leads through one, is refused`() async throws {
        try await mounts.stage(request)
        let root = request.stagingPath
        try FileManager.default.createDirectory(atPath: root + "/directory/below", withIntermediateDirectories: true)
        try "x".write(toFile: root + "/file", atomically: false, encoding: .utf8)
        try FileManager.default.createSymbolicLink(atPath: root + "/link", withDestinationPath: "directory")
        try await unstage()
        var request = request
        request.volumeID = "by hand"
        for name in ["file", "link", "link/below", "file/below"] {
            request.path = self.request.path + "/" + name
            let error = await volumeError { try await mounts.stage(request) }
            #expect("\(String(describing: error))".contains("path of the directory itself"), "\(name)")
            #expect(try scratch.entries(at: request.stagingPath).isEmpty)
        }
    }

    @Test func `names of monitors and the cluster's id count`() async throws {
        var request = request
        request.cluster.fsid = cluster.fsid
        request.cluster.monitors = ["no-such-host.invalid:6789"] + cluster.monitors
        try await mounts.stage(request)
        try await unstage()
        request.cluster.fsid = "00000000-0000-0000-0000-000000000000"
        #expect(await volumeError { try await mounts.stage(request) }?.kind == "preconditionFailed")
        #expect(try scratch.entries(at: request.stagingPath).isEmpty)
    }

    @Test func `only the volume's own mounts are taken off, with a record and without`() async throws {
        try await mounts.stage(request)
        let others = LinuxNodeMounts(MountingOptions(runDirectory: scratch("run"), mountTimeout: .seconds(10)))
        for mounts in [mounts, others] {
            let unstage = {
                try await mounts.unstage(volumeID: "dev:cephfs:csi:another", stagingPath: request.stagingPath)
            }
            #expect(await errorKind(unstage) == "preconditionFailed")
        }
        #expect(try scratch.entries(at: request.stagingPath).count == 1)
        try await unstage()
        #expect(try scratch.mounts().isEmpty)
    }
}
