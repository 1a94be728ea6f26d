import Ceph
import Cryptography
import Foundation
import FrozenProcesses
import Testing
import Volumes

/// The real cluster that `scripts/dev-cluster up` started; `scripts/dev-cluster env` tells where it is.
struct DevCluster {
    let monitors: [String]
    let filesystem: String
    let configuration: String
    let provisioner: String
    let keyText: String

    var key: Secret { Secret(keyText) }

    init() throws {
        monitors = try Self.variable("DEV_CLUSTER_MONITORS").split(separator: ",").map(String.init)
        filesystem = try Self.variable("DEV_CLUSTER_FS")
        configuration = try Self.variable("DEV_CLUSTER_CONF")
        provisioner = try Self.variable("DEV_CLUSTER_PROVISIONER_ID")
        let file = try Self.variable("DEV_CLUSTER_PROVISIONER_KEY_FILE")
        let text = try String(contentsOfFile: file, encoding: .utf8)
        keyText = text.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// A user of the cluster and its key: `PROVISIONER`, `NODE`, `FENCER`, or the same after `BLUE_`.
    static func credentials(_ name: String) throws -> CephCredentials {
        let text = try String(contentsOfFile: variable("DEV_CLUSTER_\(name)_KEY_FILE"), encoding: .utf8)
        return CephCredentials(
            user: try variable("DEV_CLUSTER_\(name)_ID"),
            key: Secret(text.trimmingCharacters(in: .whitespacesAndNewlines))
        )
    }

    static func variable(_ name: String) throws -> String {
        try #require(
            ProcessInfo.processInfo.environment[name],
            "\(name) is not set: run scripts/dev-cluster up, then eval \"$(scripts/dev-cluster env)\""
        )
    }

    /// The provisioner's connection, or one that differs in something.
    func settings(
        monitors: [String]? = nil,
        filesystem: String? = nil,
        root: String = "/volumes",
        user: String? = nil,
        key: Secret? = nil,
        timeoutSeconds: Int = 10
    ) -> CephSettings {
        CephSettings(
            monitors: monitors ?? self.monitors,
            filesystem: filesystem ?? self.filesystem,
            root: root,
            user: user ?? provisioner,
            key: key ?? self.key,
            timeoutSeconds: timeoutSeconds
        )
    }

    /// Runs the admin's `ceph` tool and returns its output.
    @discardableResult
    func ceph(_ arguments: String...) throws -> String {
        try tool("ceph", arguments).output
    }

    /// Runs one of Ceph's tools, as the administrator or as a user with its key in a file.
    func tool(
        _ name: String,
        _ arguments: [String],
        as user: (id: String, keyFile: String)? = nil
    ) throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/\(name)")
        let identity = user.map { ["--id", $0.id, "--keyfile", $0.keyFile] } ?? []
        process.arguments = ["-c", configuration] + identity + arguments
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: data, as: UTF8.self))
    }

    /// Stops the MDS while `body` runs.
    func withFrozenMDS<Value>(_ body: () async throws -> Value) async throws -> Value {
        try await withFrozen("MDS", body)
    }

    /// Stops a daemon (`MON`, `MGR`, `OSD`, `MDS`) while `body` runs.
    func withFrozen<Value>(_ daemon: String, _ body: () async throws -> Value) async throws -> Value {
        let pid = try #require(pid_t(Self.variable("DEV_CLUSTER_\(daemon)_PID")))
        defer { kill(pid, SIGCONT) }
        try await FrozenProcess.freeze(pid, "the \(daemon) of DEV_CLUSTER_\(daemon)_PID")
        return try await body()
    }
}

/// One test at a time uses the cluster, whichever target it is in: some of them stop its daemons for a while.
struct UsesCluster: TestTrait, SuiteTrait, TestScoping {
    var isRecursive: Bool { true }

    func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @Sendable () async throws -> Void
    ) async throws {
        guard testCase != nil else { return try await function() }
        let directory = try DevCluster.variable("DEV_CLUSTER_DIR")
        let descriptor = open(directory + "/tests.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        try #require(descriptor >= 0, "no cluster in \(directory): run scripts/dev-cluster up")
        defer { close(descriptor) }
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            try await Task.sleep(for: .milliseconds(20))
        }
        try await function()
    }
}

extension Trait where Self == UsesCluster {
    static var usesCluster: Self { UsesCluster() }
}

extension DevCluster {
    /// Runs the admin's `rados` tool and returns its output.
    func rados(_ arguments: String...) throws -> String { try tool("rados", arguments).output }

    /// Ends the sessions of a user that has mounted that root, as if its client had been gone for long.
    func evict(user: String, root: String) throws {
        let answer = try ceph("tell", "mds.a", "session", "ls", "--format", "json")
        let sessions = try #require(try JSONSerialization.jsonObject(with: Data(answer.utf8)) as? [[String: Any]])
        for session in sessions {
            let metadata = session["client_metadata"] as? [String: Any]
            guard metadata?["entity_id"] as? String == user, metadata?["root"] as? String == root else { continue }
            try ceph("tell", "mds.a", "session", "evict", "id=\(session["id"] ?? 0)")
        }
    }
}
