import Foundation
import GRPCServer
import Testing

/// The plugin as a process, in a directory of its own.
private final class Served {
    let directory: String
    let endpoint: ServerEndpoint
    let process = Process()
    private let errors: FileHandle

    /// `wrapper`: words to put before the command line.
    init(_ options: [String] = [], wrapper: [String] = []) throws {
        let own = FileManager.default.temporaryDirectory.path + "/serve-\(UUID().uuidString.prefix(8))"
        self.directory = own
        endpoint = try ServerEndpoint("\(own)/csi.sock")
        try FileManager.default.createDirectory(atPath: own, withIntermediateDirectories: true)
        try "clusters: [{id: main, monitors: [\"127.0.0.1:1\"]}]\n"
            .write(toFile: "\(own)/config.yaml", atomically: true, encoding: .utf8)
        let log = "\(own)/log-\(UUID().uuidString)"
        try Data().write(to: URL(fileURLWithPath: log))
        errors = try #require(FileHandle(forUpdatingAtPath: log))
        let command =
            wrapper + [
                Program.path, "serve", "--role", "node", "--node-id", "n", "--config", "\(own)/config.yaml",
                "--endpoint", "\(endpoint)",
            ] + options
        process.executableURL = URL(fileURLWithPath: command[0])
        process.arguments = Array(command.dropFirst())
        process.standardInput = FileHandle.nullDevice
        process.standardError = errors
        try process.run()
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        try? FileManager.default.removeItem(atPath: directory)
    }

    var log: String {
        try? errors.seek(toOffset: 0)
        return String(decoding: errors.readDataToEndOfFile(), as: UTF8.self)
    }

    /// The socket's name is there a moment before anybody listens, so only an answer counts.
    func waitUntilAnswering() async throws {
        for _ in 0..<100 {
            try #require(process.isRunning, "\(log)")
            let client = GRPCClient(endpoint: endpoint)
            defer { client.close() }
            let answer = try? await client.call("/csi.v1.Identity/GetPluginInfo", [], timeout: .seconds(5))
            if answer != nil { return }
            try await Task.sleep(for: .milliseconds(20))
        }
        Issue.record("it does not answer: \(log)")
    }

    func end() async -> Int32 {
        // Not waitUntilExit(): it would hold its thread beyond the test's time limit.
        while process.isRunning { try? await Task.sleep(for: .milliseconds(5)) }
        return process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
    }
}

@Suite(.serialized) struct ServeTests {
    @Test(
        "The process answers, logs calls, and ends with 0 at either signal",
        .timeLimit(.minutes(1)),
        arguments: [SIGTERM, SIGINT]
    )
    func lifecycle(_ signal: Int32) async throws {
        let served = try Served(["--log-level", "debug"])
        try await served.waitUntilAnswering()
        let client = GRPCClient(endpoint: served.endpoint)
        _ = try await client.call("/csi.v1.Identity/GetPluginInfo", [], timeout: .seconds(5))
        client.close()
        kill(served.process.processIdentifier, signal)
        #expect(await served.end() == 0)
        #expect(!FileManager.default.fileExists(atPath: served.endpoint.path))
        for words in ["serving", "method=/csi.v1.Identity/GetPluginInfo", "code=OK", "stopping", "stopped"] {
            #expect(served.log.contains(words), "\(served.log)")
        }
    }

    @Test("Signals that the parent has left blocked are heeded too", .timeLimit(.minutes(1)))
    func blockedSignals() async throws {
        let served = try Served(wrapper: ["/usr/bin/env", "--block-signal=TERM", "--block-signal=INT"])
        try await served.waitUntilAnswering()
        kill(served.process.processIdentifier, SIGTERM)
        #expect(await served.end() == 0)
    }

    @Test("A second process on the same socket ends with 69 and leaves the first alone", .timeLimit(.minutes(1)))
    func takenEndpoint() async throws {
        let first = try Served()
        try await first.waitUntilAnswering()
        let second = try Program([
            "serve", "--role", "node", "--node-id", "n", "--config", "\(first.directory)/config.yaml",
            "--endpoint", "\(first.endpoint)",
        ])
        #expect(second.status == 69, "\(second.errors)")
        #expect(second.errors.contains("--endpoint") && second.errors.contains(first.endpoint.path))
        let client = GRPCClient(endpoint: first.endpoint)
        _ = try await client.call("/csi.v1.Identity/GetPluginInfo", [], timeout: .seconds(5))
        client.close()
        kill(first.process.processIdentifier, SIGTERM)
        #expect(await first.end() == 0)
    }

    @Test("A signal at any moment after the start is heeded", .timeLimit(.minutes(2)))
    func earlySignals() async throws {
        for delay in 0..<20 {
            let served = try Served()
            try await Task.sleep(for: .milliseconds(delay * 2))
            kill(served.process.processIdentifier, SIGTERM)
            // Before main has taken the signals over, their default effect is the right one too.
            let status = await served.end()
            #expect([0, -SIGTERM].contains(status), "\(served.log)")
        }
    }

    @Test("A configuration that breaks is reported even when no call comes", .timeLimit(.minutes(1)))
    func brokenConfiguration() async throws {
        let served = try Served()
        try await served.waitUntilAnswering()
        try "clusters: []\n".write(toFile: "\(served.directory)/config.yaml", atomically: true, encoding: .utf8)
        for _ in 0..<300 where !served.log.contains("is invalid, the previous settings stay") {
            try await Task.sleep(for: .milliseconds(50))
        }
        #expect(served.log.contains("config.yaml:1: clusters: must not be empty"), "\(served.log)")
        kill(served.process.processIdentifier, SIGTERM)
        #expect(await served.end() == 0)
    }

    @Test("In the node role neither libcephfs nor librados is loaded", .timeLimit(.minutes(1)))
    func nodeLoadsNoCeph() async throws {
        let served = try Served()
        try await served.waitUntilAnswering()
        try await Task.sleep(for: .milliseconds(200))
        // Files of /proc have no size, by which String(contentsOfFile:) would go.
        let file = try #require(FileHandle(forReadingAtPath: "/proc/\(served.process.processIdentifier)/maps"))
        let maps = String(decoding: try #require(try file.readToEnd()), as: UTF8.self)
        #expect(maps.contains("libgrpc"))
        #expect(!maps.contains("libcephfs") && !maps.contains("librados") && !maps.contains("libceph-common"))
        kill(served.process.processIdentifier, SIGTERM)
        #expect(await served.end() == 0)
    }
}
