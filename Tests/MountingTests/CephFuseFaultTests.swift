import Foundation
import Testing
import Volumes

@testable import Mounting

/// Programs in ceph-fuse's place, for faults that the real one can't be made to have.
@Suite(.serialized) struct CephFuseFaultTests {
    private let scratch: Scratch
    private let request: StageRequest

    init() throws {
        scratch = try Scratch()
        request = .sample(stagingPath: scratch("staging"))
    }

    private func mounts(running script: String, timeout: Duration = .seconds(20)) throws -> LinuxNodeMounts {
        let program = scratch("ceph-fuse")
        try ("#!/bin/sh\n" + script).write(toFile: program, atomically: false, encoding: .utf8)
        chmod(program, 0o755)
        return LinuxNodeMounts(MountingOptions(cephFuse: program, runDirectory: scratch("run"), mountTimeout: timeout))
    }

    private func nothingIsLeft() throws -> Bool {
        let homes = (try? FileManager.default.contentsOfDirectory(atPath: scratch("run"))) ?? []
        return try homes.isEmpty && scratch.mounts().isEmpty && !run("ps", "-eo", "args").contains(scratch("run"))
            && !FileManager.default.fileExists(atPath: request.stagingPath)
    }

    @Test func `cancelling a mount returns at once, lets the process come up and end, leaves nothing`() async throws {
        let program = "sleep 1\ntrap 'touch \(scratch("asked")); exit 0' TERM\nwhile :; do sleep 0.1; done\n"
        let mounts = try mounts(running: program)
        let task = Task { try await mounts.stage(request) }
        try await waitUntil("the process runs") { try run("ps", "-eo", "args").contains(scratch("run")) }
        let start = ContinuousClock.now
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(start.duration(to: .now) < .milliseconds(500))
        try await waitUntil("all is gone") { try nothingIsLeft() }
        // Not before it was up: a ceph-fuse that dies while it starts leaves its session at the MDS.
        #expect(FileManager.default.fileExists(atPath: scratch("asked")))
    }

    @Test func `a cancelled mount that never comes up is ended after its time`() async throws {
        let mounts = try mounts(running: "while :; do sleep 0.1; done\n", timeout: .seconds(1))
        let task = Task { try await mounts.stage(request) }
        try await waitUntil("the process runs") { try run("ps", "-eo", "args").contains(scratch("run")) }
        let start = ContinuousClock.now
        task.cancel()
        try await waitUntil("all is gone", limit: .seconds(30)) { try nothingIsLeft() }
        #expect(start.duration(to: .now) > .seconds(8))
    }

    @Test func `a process that ignores SIGTERM and never mounts is ended after the timeout`() async throws {
        let mounts = try mounts(running: "trap '' TERM\nwhile :; do sleep 0.1; done\n", timeout: .seconds(1))
        #expect(await errorKind { try await mounts.stage(request) } == "unavailable")
        #expect(try nothingIsLeft())
    }

    @Test func `a process that hangs after its message is not waited for`() async throws {
        let mounts = try mounts(running: "echo 'ceph client failed with (22) x' >&2\nwhile :; do sleep 0.1; done\n")
        let start = ContinuousClock.now
        #expect(await errorKind { try await mounts.stage(request) } == "invalid")
        #expect(start.duration(to: .now) < .seconds(10))
        #expect(try nothingIsLeft())
    }

    @Test func `a mount without anybody behind it is not taken for the volume`() async throws {
        let mounts = try mounts(running: "mount -t tmpfs x \"$1\"\nexit 1\n")
        #expect(await errorKind { try await mounts.stage(request) } == "unexpected")
        #expect(try nothingIsLeft())
    }

    @Test func `more output than a pipe holds does not stop the mount`() async throws {
        let mounts = try mounts(running: "head -c 300000 /dev/zero | tr '\\0' x\necho 'failed with (13) x'\n")
        #expect(await errorKind { try await mounts.stage(request) } == "unauthenticated")
    }

    @Test func `a ceph-fuse that a killed plugin left without a mount is waited for`() async throws {
        let mounts = try mounts(running: "echo 'failed with (2) x'\n", timeout: .seconds(1))
        let home = try FuseMounter(MountingOptions(runDirectory: scratch("run"))).homePath(request.stagingPath).text
        let earlier = Process()
        earlier.executableURL = URL(fileURLWithPath: "/bin/sh")
        earlier.arguments = ["-c", "while :; do sleep 0.1; done", home, CephFuseCommand.keyfile]
        try earlier.run()
        #expect(await errorKind { try await mounts.stage(request) } == "unavailable")
        let stage = Task { await errorKind { try await mounts.stage(request) } }
        try await Task.sleep(for: .milliseconds(200))
        earlier.terminate()
        #expect(await stage.value == "notFound")
    }

    @Test func `the key reaches the process by descriptor 3 alone`() async throws {
        let mounts = try mounts(
            running: """
                { cat /proc/self/fd/3; echo; cat /proc/self/fd/3; echo; env; ls /proc/self/fd; stat -Lc %a /proc/self/fd/3
                  echo x >> /proc/self/fd/3; truncate -s 0 /proc/self/fd/3; } > "\(scratch("seen"))" 2>/dev/null
                echo 'failed with (2) x'

                """
        )
        #expect(await errorKind { try await mounts.stage(request) } == "notFound")
        let seen = try String(contentsOfFile: scratch("seen"), encoding: .utf8)
        let key = "AQD9fQNrJFmYIhAAXb2B9AUSNTFSTURLb3By2A=="
        #expect(seen.hasPrefix("\(key)\n\(key)\n"))
        #expect(seen.components(separatedBy: key).count == 3)
        #expect(seen.contains("\n400\n"))
        #expect(!seen.contains("\n4\n5\n"))
    }

    @Test func `without ceph-fuse the plugin says so and a stage fails with the fix`() async throws {
        let mounts = LinuxNodeMounts(MountingOptions(cephFuse: "/nonexistent/ceph-fuse", runDirectory: scratch("run")))
        #expect(mounts.impairment?.contains("ceph-fuse was not found") == true)
        #expect(await errorKind { try await mounts.stage(request) } == "preconditionFailed")
        #expect(!FileManager.default.fileExists(atPath: request.stagingPath))
        #expect(LinuxNodeMounts().impairment == nil)
    }
}
