import Cryptography
import Foundation
import Synchronization
import Testing
import Volumes

@testable import Mounting

extension StageRequest {
    /// A request whose parts matter only where a test names them.
    static func sample(
        user: String = "csi-node",
        key: String = "AQD9fQNrJFmYIhAAXb2B9AUSNTFSTURLb3By2A==",
        cluster: String = "dev",
        monitors: [String] = ["v2:127.0.0.1:1"],
        filesystem: String = "cephfs",
        path: String = "/volumes/csi/v1",
        stagingPath: String = "/nowhere/staging",
        mounter: Cluster.Mounter = .fuse,
        options: [String] = [],
        readOnly: Bool = false
    ) -> StageRequest {
        StageRequest(
            volumeID: "dev:cephfs:csi:v1",
            cluster: Cluster(id: cluster, monitors: monitors, filesystem: filesystem),
            filesystem: filesystem,
            path: path,
            credentials: CephCredentials(user: user, key: Secret(key)),
            stagingPath: stagingPath,
            mounter: mounter,
            options: options,
            readOnly: readOnly
        )
    }
}

extension VolumeError {
    /// The case's name alone.
    var kind: String { String("\(self)".prefix { $0 != "(" }) }
}

/// The kind of the `VolumeError` that `body` throws; what else it does, in words.
func errorKind(_ body: () async throws -> Void) async -> String {
    do {
        try await body()
        return "no error"
    } catch let error as VolumeError {
        return error.kind
    } catch {
        return "\(error)"
    }
}

/// The `VolumeError` that `body` throws; nil for none and any other.
func volumeError(_ body: () async throws -> Void) async -> VolumeError? {
    do {
        try await body()
        return nil
    } catch {
        return error as? VolumeError
    }
}

extension LinuxNodeMounts {
    /// The figures of a mount that answers.
    func usage(_ path: String) async throws -> VolumeUsage {
        try #require(try await statistics(volumeID: "v", path: path).usage)
    }

    /// What is wrong with a mount; nil when nothing is.
    func complaint(_ path: String) async throws -> String? {
        let condition = try await statistics(volumeID: "v", path: path).condition
        return condition.isAbnormal ? condition.message : nil
    }
}

/// A directory of the test's own; what is mounted below it is taken off at the end.
final class Scratch: Sendable {
    let path: String

    init() throws {
        path = "/tmp/mount-test-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    }

    /// The path of `name` in it.
    func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

    func makeDirectory(_ name: String) throws -> String {
        try FileManager.default.createDirectory(atPath: self(name), withIntermediateDirectories: true)
        return self(name)
    }

    /// Mounts a tmpfs on a new directory.
    func makeTmpfs(_ name: String, options: String = "nosuid,nodev") throws -> String {
        let path = try makeDirectory(name)
        try run("mount", "-t", "tmpfs", "-o", options, "tmpfs-of-\(name)", path)
        return path
    }

    func mounts() throws -> [MountEntry] {
        try MountTable.current().entries.filter { $0.mountPoint.hasPrefix(path + "/") }
    }

    func entries(at path: String) throws -> [MountEntry] {
        try mounts().filter { $0.mountPoint == path }
    }

    deinit {
        for entry in ((try? mounts()) ?? []).reversed() { umount2(entry.mountPoint, Int32(MNT_DETACH)) }
        try? FileManager.default.removeItem(atPath: path)
    }
}

/// Runs a program to its end.
@discardableResult
func run(_ command: String...) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = command
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    struct Failed: Error { let command: [String], output: String }
    guard process.terminationStatus == 0 else { throw Failed(command: command, output: text) }
    return text
}

/// Waits until `condition` holds; a failure after `limit`.
func waitUntil(_ what: String, limit: Duration = .seconds(20), _ condition: () throws -> Bool) async throws {
    let deadline = ContinuousClock.now + limit
    while try !condition() {
        try #require(ContinuousClock.now < deadline, "waited \(limit) in vain until \(what)")
        try await Task.sleep(for: .milliseconds(10))
    }
}

/// Counts calls.
final class Counter: Sendable {
    private let value = Mutex(0)

    var count: Int { value.withLock { $0 } }

    func next() -> Int {
        value.withLock { value in
            value += 1
            return value
        }
    }
}

/// Keeps what was logged.
final class Lines: Sendable {
    private let lines = Mutex<[String]>([])

    var all: [String] { lines.withLock { $0 } }
    var log: MountingLog { { _, line in self.lines.withLock { $0.append(line) } } }
}
