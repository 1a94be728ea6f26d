import Foundation
import Testing
import Volumes

@testable import Mounting

/// What happens to kernel mounts when the cluster falls silent: packets to it are dropped, so that nothing is refused
/// and nothing is answered. Where ``KernelMountTests`` run.
@Suite(.serialized, .enabled(if: kernelIsTried, "CEPHFS_CSI_KERNEL_TESTS is not 1")) final class KernelHangTests {
    private let scratch: Scratch
    private let options: MountingOptions
    private let mounts: LinuxNodeMounts
    private let log = Lines()
    private let request: StageRequest

    init() async throws {
        try #require(KernelSupport.askKernel() == .available)
        scratch = try Scratch()
        let cluster = try DevCluster()
        options = MountingOptions(
            runDirectory: scratch("run"),
            mountTimeout: .seconds(5),
            unmountTimeout: .seconds(3),
            forceUnmountAfter: .seconds(5),
            statisticsPatience: .seconds(1),
            threads: 3
        )
        mounts = LinuxNodeMounts(options, log: log.log)
        var request = cluster.request(
            try await cluster.makeVolume(scratch, mounter: .kernel),
            at: scratch("staging")
        )
        request.mounter = .kernel
        request.cluster.fsid = cluster.fsid
        self.request = request
        try await mounts.stage(request)
    }

    deinit {
        _ = try? reconnect()
    }

    /// Drops what goes to the machine that the cluster is on; no established connection hears of it.
    private func cutOff() throws {
        try run("nft", "add table ip cut")
        try run("nft", "add chain ip cut output { type filter hook output priority 0; }")
        try run("nft", "add rule ip cut output ip daddr 10.0.2.2 tcp dport != 0 drop")
    }

    private func reconnect() throws {
        try run("nft", "delete table ip cut")
    }

    /// Writes without waiting for the cluster.
    private func leaveUnwritten() throws {
        try Data(count: 1 << 20).write(to: URL(fileURLWithPath: request.stagingPath + "/unwritten"))
    }

    private func unstage() async -> String {
        await errorKind { try await mounts.unstage(volumeID: "v", stagingPath: request.stagingPath) }
    }

    private func timed(_ body: () async throws -> Void) async rethrows -> Duration {
        let start = ContinuousClock.now
        try await body()
        return start.duration(to: .now)
    }

    @Test func `data that can't be written is waited for, and lost only by force and with a warning`() async throws {
        try leaveUnwritten()
        try cutOff()
        var kind = ""
        #expect(await timed { kind = await unstage() } < .seconds(4))
        #expect(kind == "unavailable")
        #expect(try scratch.entries(at: request.stagingPath).count == 1)
        #expect(log.all.allSatisfy { !$0.contains("lost") })
        // The repetition joins, and is the one that sees the time run out.
        #expect(await timed { kind = await unstage() } < .seconds(4))
        #expect(kind == "no error")
        #expect(log.all.contains { $0.contains("by force") && $0.contains("is lost") })
        #expect(try scratch.mounts().isEmpty)
        #expect(!FileManager.default.fileExists(atPath: request.stagingPath))
        try reconnect()
        try await mounts.stage(request)
        #expect(await unstage() == "no error")
    }

    @Test func `data is on the cluster when it answers again in time`() async throws {
        var patient = options
        patient.forceUnmountAfter = nil
        let mounts = LinuxNodeMounts(patient, log: log.log)
        func unstage() async -> String {
            await errorKind { try await mounts.unstage(volumeID: "v", stagingPath: request.stagingPath) }
        }
        try leaveUnwritten()
        try cutOff()
        #expect(await unstage() == "unavailable")
        try reconnect()
        // TCP tries again after a while only.
        for _ in 0..<10 where try !scratch.mounts().isEmpty { _ = await unstage() }
        #expect(try scratch.mounts().isEmpty)
        try await mounts.stage(request)
        let size = try FileManager.default.attributesOfItem(atPath: request.stagingPath + "/unwritten")[.size] as? Int
        #expect(size == 1 << 20)
        #expect(log.all.allSatisfy { !$0.contains("lost") })
        #expect(await unstage() == "no error")
    }

    @Test func `a mount that does not answer is reported in time, holds one thread, and nothing else waits`()
        async throws
    {
        let target = PublishRequest(
            volumeID: "v",
            stagingPath: request.stagingPath,
            targetPath: scratch("target"),
            readOnly: false,
            exclusive: false
        )
        try await mounts.publish(target)
        try cutOff()
        for _ in 0..<3 {
            var complaint: String?
            let path = request.stagingPath
            #expect(try await timed { complaint = try await mounts.complaint(path) } < .seconds(3))
            #expect(complaint?.contains("does not answer") == true)
        }
        // Nor does a look that hangs keep the mount where it is.
        #expect(try await mounts.complaint(target.targetPath)?.contains("does not answer") == true)
        try await mounts.unpublish(volumeID: "v", targetPath: target.targetPath)
        #expect(mounts.impairment == nil)
        let tmpfs = try scratch.makeTmpfs("other")
        #expect(try await mounts.usage(tmpfs).totalBytes > 0)
        try reconnect()
        try await waitUntilAnswering()
        #expect(await unstage() == "no error")
    }

    private func waitUntilAnswering() async throws {
        for _ in 0..<60 {
            if try await mounts.complaint(request.stagingPath) == nil { return }
        }
        Issue.record("the mount does not answer after the cluster is back")
    }
}
