import ArgumentParser
import Bytes
import GRPCServer
import System
import Volumes

/// What option values have to be, beyond their type. Each error says what to give instead; ArgumentParser puts the
/// option's name in front.
enum OptionRules {
    /// CSI spec, GetPluginInfoResponse.name.
    static let maximumDriverName = 63
    static let defaultDriverName = "cephfs.csi.swift"

    static let defaultEndpoint: ServerEndpoint = {
        do {
            return try ServerEndpoint("unix:///csi/csi.sock")
        } catch {
            preconditionFailure("the default endpoint is well-formed: \(error)")
        }
    }()

    @Sendable static func endpoint(_ text: String) throws -> ServerEndpoint {
        do {
            return try ServerEndpoint(text)
        } catch {
            throw ValidationError("\(error); give --endpoint unix:///csi/csi.sock or the like")
        }
    }

    /// CSI spec, GetPluginInfoResponse.name: alphanumeric at both ends, dashes and dots between.
    @Sendable static func driverName(_ text: String) throws -> String {
        let isInner = { (byte: UInt8) in isAlphanumeric(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
        }
        guard let first = text.utf8.first, let last = text.utf8.last, isAlphanumeric(first), isAlphanumeric(last),
            text.utf8.count <= maximumDriverName, text.utf8.allSatisfy(isInner), !text.contains("..")
        else {
            throw ValidationError(
                "give --driver-name at most \(maximumDriverName) letters, digits, dots and dashes, as in cephfs.csi.example.com"
            )
        }
        return text
    }

    static func nodeID(_ text: String) throws -> String {
        // The node's public key comes behind it.
        guard isPlain(text, limit: NodeIdentity.maximumName) else {
            throw ValidationError(
                "--node-id must be 1 to \(NodeIdentity.maximumName) printable ASCII characters without spaces: give the node's name"
            )
        }
        return text
    }

    @Sendable static func replicaID(_ text: String) throws -> String {
        guard isPlain(text, limit: 253) else {
            throw ValidationError("give --replica-id 1 to 253 printable ASCII characters without spaces")
        }
        return text
    }

    static func defaultReplicaID() throws -> String {
        guard let name = HostName.current, isPlain(name, limit: 253) else {
            throw ValidationError("--replica-id is missing, and the host has no name to use instead")
        }
        return name
    }

    @Sendable static func stateDirectory(_ text: String) throws -> String {
        try absolutePath(text, option: "--state-dir", example: "/var/lib/cephfs-csi")
    }

    @Sendable static func runDirectory(_ text: String) throws -> String {
        try absolutePath(text, option: "--run-dir", example: "/run/cephfs-csi")
    }

    /// The value of `--fuse-cgroup` for the roots of the host's hierarchies.
    static let hostCgroups = "host"

    @Sendable static func fuseCgroup(_ text: String) throws -> String {
        if text == hostCgroups { return text }
        return try absolutePath(text, option: "--fuse-cgroup", example: "/sys/fs/cgroup/cephfs-csi")
    }

    @Sendable static func topology(_ text: String) throws -> Topology {
        guard let topology = Topology(text: text) else {
            throw ValidationError(
                "give --topology domain=segment pairs with commas between: topology.kubernetes.io/zone=a"
            )
        }
        return topology
    }

    @Sendable static func metricsFile(_ text: String) throws -> String {
        let example = "/var/lib/node_exporter/cephfs-csi.prom"
        guard text.ends(with: ".prom") else {
            throw ValidationError("node_exporter reads only files that end in .prom: give --metrics-file \(example)")
        }
        return try absolutePath(text, option: "--metrics-file", example: example)
    }

    @Sendable static func gracePeriod(_ text: String) throws -> Int {
        guard let seconds = Int(text), (0...3600).contains(seconds) else {
            throw ValidationError("give whole seconds from 0 to 3600")
        }
        return seconds
    }

    static func count(_ range: ClosedRange<Int>) -> @Sendable (String) throws -> Int {
        { text in
            guard let count = Int(text), range.contains(count) else {
                throw ValidationError("give a whole number from \(range.lowerBound) to \(range.upperBound)")
            }
            return count
        }
    }

    private static func absolutePath(_ text: String, option: String, example: String) throws -> String {
        guard text.begins(with: "/"), text.utf8.count > 1, !text.utf8.contains(0) else {
            throw ValidationError("give an absolute path: \(option) \(example)")
        }
        return text
    }

    private static func isPlain(_ text: String, limit: Int) -> Bool {
        (1...limit).contains(text.utf8.count) && text.utf8.allSatisfy { (0x21..<0x7f).contains($0) }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }
}
