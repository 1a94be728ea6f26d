import Cryptography
import Foundation
import Testing
import Volumes

@testable import Mounting

extension CephFuseTests {
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
        add("permissionDenied") { $0.path = cluster.root }
        add("notFound") { $0.path = volume + "/missing" }
        add("notFound") { $0.filesystem = "nofs" }
        add("invalid") { $0.options = ["nosuchoption"] }
        add("invalid") { $0.options = ["secret=x"] }
        add("invalid") { $0.path = "/" }
        add("invalid") { $0.path = volume + "/.." }
        for (kind, changed) in cases {
            let start = ContinuousClock.now
            #expect(await errorKind { try await mounts.stage(changed) } == kind, "\(changed)")
            #expect(start.duration(to: .now) < .seconds(5), "\(changed)")
            #expect(try nothingIsLeft(), "\(changed)")
        }
    }

    @Test func `a monitor that does not answer is unavailable once the mount timeout is over`() async throws {
        let impatient = LinuxNodeMounts(MountingOptions(runDirectory: options.runDirectory, mountTimeout: .seconds(2)))
        var dead = request
        dead.cluster.monitors = ["v2:127.0.0.1:1"]
        let start = ContinuousClock.now
        #expect(await errorKind { try await impatient.stage(dead) } == "unavailable")
        #expect(start.duration(to: .now) < .seconds(6))
        #expect(try nothingIsLeft())
    }

    @Test func `a dead ceph-fuse is noticed and mounted anew, and so is its target`() async throws {
        try await mounts.stage(request)
        try await publish("target")
        let pid = try process()
        kill(pid, SIGKILL)
        try await waitUntil("the mount is dead") { access(request.stagingPath, F_OK) != 0 }
        #expect(await errorKind { try await publish("other") } == "preconditionFailed")
        #expect(try await mounts.complaint(scratch("target"))?.contains("dead") == true)
        try cluster.evictClients(of: volume)
        try await mounts.stage(request)
        #expect(try process() != pid)
        try await publish("target")
        #expect(try scratch.entries(at: scratch("target")).count == 1)
        try "alive".write(toFile: scratch("target/file"), atomically: false, encoding: .utf8)
        try await mounts.unpublish(volumeID: "v", targetPath: scratch("target"))
        try await unstage()
        #expect(try nothingIsLeft())
    }

    @Test func `a client that the cluster has evicted is noticed and mounted anew`() async throws {
        try await mounts.stage(request)
        try await publish("target")
        let pid = try process()
        try cluster.evictClients(of: volume)
        try await waitUntil("the mount fails") { access(request.stagingPath + "/x", F_OK) != 0 && errno != ENOENT }
        #expect(try await mounts.complaint(scratch("target"))?.contains("dead") == true)
        #expect(await errorKind { try await publish("other") } == "preconditionFailed")
        try await mounts.stage(request)
        #expect(try process() != pid)
        try await publish("target")
        try "alive".write(toFile: scratch("target/file"), atomically: false, encoding: .utf8)
        try await mounts.unpublish(volumeID: "v", targetPath: scratch("target"))
        try await unstage()
        #expect(try nothingIsLeft())
    }

    @Test func `a dead ceph-fuse is unpublished and unstaged`() async throws {
        try await mounts.stage(request)
        try await publish("target")
        kill(try process(), SIGKILL)
        try await waitUntil("the mount is dead") { access(request.stagingPath, F_OK) != 0 }
        try cluster.evictClients(of: volume)
        try await mounts.unpublish(volumeID: "v", targetPath: scratch("target"))
        try await unstage()
        #expect(try nothingIsLeft())
    }

    @Test func `calls on a hung file system end by cancellation and succeed once it goes on`() async throws {
        let mounts = LinuxNodeMounts(
            MountingOptions(runDirectory: options.runDirectory, statisticsPatience: .milliseconds(200), threads: 1),
            patience: .milliseconds(100)
        )
        try await mounts.stage(request)
        let pid = try process()
        kill(pid, SIGSTOP)
        defer { kill(pid, SIGCONT) }
        func cancelled(_ body: @escaping @Sendable () async throws -> Void) async throws {
            let task = Task { try await body() }
            try await Task.sleep(for: .milliseconds(300))
            let start = ContinuousClock.now
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            #expect(start.duration(to: .now) < .milliseconds(500))
        }
        let path = request.stagingPath
        // The second look at the path joins the first, so that one thread is enough.
        for _ in 0..<2 { #expect(try await mounts.complaint(path)?.contains("does not answer") == true) }
        let patient = LinuxNodeMounts(options)
        try await cancelled { _ = try await patient.statistics(volumeID: "v", path: path) }
        #expect(mounts.impairment == nil)
        let stopped = Task { try await mounts.stage(request) }
        try await waitUntil("every thread is stuck") { mounts.impairment?.contains("stuck") == true }
        kill(pid, SIGCONT)
        try await stopped.value
        #expect(try await mounts.usage(path).totalBytes == 64 << 20)
        #expect(mounts.impairment == nil)
        kill(pid, SIGSTOP)
        try await cancelled { try await mounts.unstage(volumeID: "v", stagingPath: path) }
        kill(pid, SIGCONT)
        try await mounts.unstage(volumeID: "v", stagingPath: path)
        #expect(try nothingIsLeft())
    }
}
