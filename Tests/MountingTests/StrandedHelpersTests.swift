import Foundation
import Testing

@testable import Mounting

/// Which of a killed ceph-fuse's helpers are ended. That the real ones are shows test_killed_clients.py.
@Suite(.serialized) struct StrandedHelpersTests {
    private let scratch: Scratch
    private var home: String { scratch("run/0123") }
    private var words: String { "LIBMOUNT_FSTAB=/dev/null mount -i -o remount \(home) " }

    init() throws {
        scratch = try Scratch()
        mkdir(scratch("run"), 0o700)
    }

    /// A process with these arguments, which waits until it is ended.
    private func process(_ arguments: [String]) throws -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = arguments
        process.standardInput = Pipe()
        try process.run()
        return process
    }

    private func helpers() -> StrandedHelpers {
        StrandedHelpers(directories: [scratch("missing"), scratch("run")], log: { _, _ in })
    }

    @Test func `one whose ceph-fuse is gone is ended`() async throws {
        let helper = try process(["-c", "read line; : \(words)"])
        let other = try process(["-c", "read line; : mount -o remount \(scratch("elsewhere/0123"))"])
        defer { other.terminate() }
        try await waitUntil("they run") { try run("ps", "-eo", "args").contains("remount \(home)") }
        helpers().endAll()
        helper.waitUntilExit()
        #expect(helper.terminationReason == .uncaughtSignal)
        #expect(other.isRunning)
    }

    @Test func `one whose ceph-fuse lives is left alone`() async throws {
        let helper = try process(["-c", "read line; : \(words)"])
        let server = try process(["-c", "read line", home, CephFuseCommand.keyfile])
        defer {
            helper.terminate()
            server.terminate()
        }
        try await waitUntil("they run") { try run("ps", "-eo", "args").contains("remount \(home)") }
        helpers().endAll()
        #expect(helper.isRunning)
    }

    @Test func `a call that waits for one has it ended`() async throws {
        let helper = try process(["-c", "read line; : \(words)"])
        let start = ContinuousClock.now
        let helpers = helpers()
        helpers.watching { helper.waitUntilExit() }
        #expect(start.duration(to: .now) < .seconds(10))
    }

    @Test(arguments: [
        (["mount", "-i", "-o", "remount", "/run/x/0123"], "/run/x/0123"),
        (["sh", "-c", "LIBMOUNT_FSTAB=/dev/null mount -i -o remount /run/x/0123 "], "/run/x/0123"),
        (["mount", "-i", "-o", "remount", "/run/y/0123"], nil),
        (["mount", "-i", "-o", "remount,ro", "/run/xy"], nil),
        (["ceph-fuse", "/run/x/0123", "-f"], nil),
        ([], nil),
    ])
    func `its arguments tell whose it is`(arguments: [String], home: String?) {
        #expect(StrandedHelpers.home(in: arguments.map { Array($0.utf8)[...] }, below: ["/run/x"]) == home)
    }
}
