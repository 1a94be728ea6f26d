import Foundation
import Testing

@Suite struct OptionTests {
    /// A command line that is wrong in one place.
    struct Wrong: Sendable, CustomTestStringConvertible {
        let change: [String]
        let says: [String]
        var testDescription: String { change.joined(separator: " ").debugDescription }

        init(_ change: String..., says: String...) {
            self.change = change
            self.says = says
        }
    }

    private static let good = [
        "--role": "node", "--endpoint": "unix:///tmp/never/csi.sock", "--node-id": "n",
        "--config": "/proc/none/c.yaml",
    ]

    /// The good options with those of `change` in their place; an option without a value is left out.
    private func run(_ change: [String]) throws -> Program {
        var options = Self.good
        for pair in stride(from: 0, to: change.count, by: 2).map({ Array(change[$0..<min($0 + 2, change.count)]) }) {
            options[pair[0]] = pair.count == 2 ? pair[1] : nil
        }
        return try Program(["serve"] + options.sorted { $0.key < $1.key }.flatMap { [$0.key, $0.value] })
    }

    @Test(
        "A wrong option is refused by name with its fix, in few lines, with exit code 64",
        arguments: [
            Wrong("--role", says: "--role"),
            Wrong("--role", "boss", says: "--role", "'controller', 'node' or 'all'"),
            Wrong("--role", "", says: "--role", "controller"),
            Wrong("--config", says: "--config"),
            Wrong("--node-id", says: "--node-id is missing", "role node"),
            Wrong("--role", "all", "--node-id", says: "--node-id is missing", "role all"),
            Wrong("--node-id", "", says: "--node-id must be 1 to 148"),
            Wrong("--node-id", "a b", says: "--node-id must be", "without spaces"),
            Wrong("--node-id", "a\nb", says: "--node-id must be"),
            Wrong("--node-id", String(repeating: "n", count: 149), says: "--node-id must be 1 to 148"),
            Wrong("--endpoint", "", says: "--endpoint", "unix:///csi/csi.sock"),
            Wrong("--endpoint", "csi.sock", says: "--endpoint", "unix://"),
            Wrong("--endpoint", "tcp://127.0.0.1:1", says: "--endpoint", "unix://"),
            Wrong("--endpoint", "unix://", says: "--endpoint"),
            Wrong("--endpoint", "unix:///tmp/", says: "--endpoint", "not a directory"),
            Wrong("--endpoint", "/" + String(repeating: "d", count: 107), says: "--endpoint", "107 bytes"),
            Wrong("--driver-name", "Not A Name", says: "--driver-name", "letters, digits, dots and dashes"),
            Wrong("--driver-name", "", says: "--driver-name", "63"),
            Wrong("--driver-name", "-a", says: "--driver-name"),
            Wrong("--driver-name", "a.", says: "--driver-name"),
            Wrong("--driver-name", "a..b", says: "--driver-name"),
            Wrong("--driver-name", "a_b", says: "--driver-name"),
            Wrong("--driver-name", "a\u{e9}b", says: "--driver-name"),
            Wrong("--driver-name", String(repeating: "d", count: 64), says: "--driver-name", "63"),
            Wrong("--log-level", "loud", says: "--log-level", "'debug', 'info', 'warning' or 'error'"),
            Wrong("--log-format", "xml", says: "--log-format", "'text' and 'json'"),
            Wrong("--metrics-file", "/tmp/metrics.txt", says: "--metrics-file", ".prom"),
            Wrong("--metrics-file", "a.prom", says: "--metrics-file", "absolute"),
            Wrong("--replica-id", "", says: "--replica-id"),
            Wrong("--replica-id", "a b", says: "--replica-id"),
            Wrong("--state-dir", "state", says: "--state-dir", "absolute"),
            Wrong("--state-dir", "", says: "--state-dir", "absolute"),
            Wrong("--grace-period", "-1", says: "--grace-period"),
            Wrong("--grace-period", "1.5", says: "--grace-period", "0 to 3600"),
            Wrong("--grace-period", "3601", says: "--grace-period", "0 to 3600"),
            Wrong("--max-calls", "0", says: "--max-calls", "1 to 4096"),
            Wrong("--max-calls", "many", says: "--max-calls", "whole number"),
            Wrong("--ceph-threads", "1025", says: "--ceph-threads", "1 to 1024"),
            Wrong("--mount-threads", "0", says: "--mount-threads", "1 to 1024"),
            Wrong("--topology", "zone", says: "--topology", "domain=segment"),
            Wrong("--topology", "zone=a,zone=b", says: "--topology", "domain=segment"),
            Wrong("--rolle", "x", says: "--rolle"),
        ]
    )
    func refusesWrongOption(_ wrong: Wrong) throws {
        let program = try run(wrong.change)
        #expect(program.status == 64, "\(program.errors)")
        for words in wrong.says { #expect(program.errors.contains(words), "\(program.errors)") }
        #expect(program.errors.split(separator: "\n").count <= 6, "\(program.errors)")
        #expect(program.output.isEmpty)
    }

    @Test(
        "Options at their limits are accepted: what fails then is the configuration, with exit code 78",
        arguments: [
            ["--driver-name", String(repeating: "d", count: 63)], ["--driver-name", "a"], ["--driver-name", "A-b.c9"],
            ["--node-id", String(repeating: "n", count: 148)],
            ["--endpoint", "/" + String(repeating: "d", count: 106)],
            ["--endpoint", "unix:/tmp/x"], ["--grace-period", "0"], ["--max-calls", "4096"],
            ["--role", "controller", "--node-id"],
            ["--log-format", "json"],
        ]
    )
    func acceptsLimits(_ change: [String]) throws {
        let program = try run(change)
        #expect(program.status == 78, "\(program.errors)")
        #expect(program.errors.contains("/proc/none/c.yaml: can't be read"))
    }

    @Test("A broken configuration is refused with file and line of every problem, with exit code 78")
    func refusesConfiguration() throws {
        let path = FileManager.default.temporaryDirectory.path + "/cephfs-csi-\(UUID().uuidString).yaml"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try "clusters:\n  - id: a\n    monitors: [x]\n    rot: /\n".write(
            toFile: path,
            atomically: true,
            encoding: .utf8
        )
        let program = try run(["--config", path])
        #expect(program.status == 78)
        #expect(
            program.errors.contains(
                "critical \(path):3: clusters[0].monitors: \"x\" is not a monitor address; add the port"
            )
        )
        #expect(program.errors.contains("critical \(path):4: clusters[0].rot: unknown key; did you mean \"root\"?"))
        #expect(program.errors.split(separator: "\n").count == 2)
    }

    @Test("Help names every command and option, and the exit codes")
    func help() throws {
        let root = try Program("--help")
        #expect(root.status == 0 && root.errors.isEmpty)
        for word in ["serve", "version", "64", "69", "78", "143"] { #expect(root.output.contains(word)) }
        #expect(try Program().output == root.output)
        let serve = try Program("serve", "--help")
        #expect(serve.status == 0)
        #expect(try Program("help", "serve").output == serve.output)
        for name in Self.good.keys { #expect(serve.output.contains(name)) }
        #expect(serve.output.split(separator: "\n").allSatisfy { $0.count <= 80 })
    }

    @Test("version prints the program, the revision, Swift, CSI and the client library")
    func version() throws {
        let program = try Program("version")
        #expect(program.status == 0 && program.errors.isEmpty)
        let pattern =
            /cephfs-csi \d+\.\d+\.\d+\nrevision   (unknown|[0-9a-f]{7,40}(-dirty)?)\nswift      6\.\d\ncsi        1\.12\.0\nceph       libcephfs \d+\.\d+\.\d+(; AES keys only, .*)?\n/
        #expect(program.output.wholeMatch(of: pattern) != nil, "\(program.output)")
    }
}
