import Ceph
import Cryptography
import Foundation
import FrozenProcesses
import Testing

/// The real cluster that `scripts/dev-cluster up` started; `scripts/dev-cluster env` tells where it is.
struct DevCluster {
    let monitors: [String]
    let filesystem: String
    let configuration: String
    let provisioner: String
    let key: Secret

    init() throws {
        monitors = try Self.variable("DEV_CLUSTER_MONITORS").split(separator: ",").map(String.init)
        filesystem = try Self.variable("DEV_CLUSTER_FS")
        configuration = try Self.variable("DEV_CLUSTER_CONF")
        provisioner = try Self.variable("DEV_CLUSTER_PROVISIONER_ID")
        let file = try Self.variable("DEV_CLUSTER_PROVISIONER_KEY_FILE")
        let text = try String(contentsOfFile: file, encoding: .utf8)
        key = Secret(text.trimmingCharacters(in: .whitespacesAndNewlines))
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
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/ceph")
        process.arguments = ["-c", configuration] + arguments
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: data, as: UTF8.self)
    }

    /// Stops the MDS while `body` runs.
    func withFrozenMDS<Value>(_ body: () async throws -> Value) async throws -> Value {
        let mds = try #require(pid_t(Self.variable("DEV_CLUSTER_MDS_PID")))
        defer { kill(mds, SIGCONT) }
        try await FrozenProcess.freeze(mds, "the MDS of DEV_CLUSTER_MDS_PID")
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
