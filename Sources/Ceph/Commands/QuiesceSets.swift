import Glibc
import JSON

/// The MDS's quiesce database (`quiesce db`, from Ceph 19 on): sets of directories below which no client writes for a
/// while. Spans of time are numbers with a point: the MDS refuses `10` where it wants `10.0` (EINVAL, seen with 20.2.4).
extension MDSCommands {
    /// How far a set is, as the MDS calls it: `QUIESCED` when nothing is written below its directories any more, `RELEASED`
    /// when that ended as asked for; all others are on the way or have failed.
    public struct QuiesceState: Sendable, Hashable {
        /// The name.
        public var name: String

        /// Nothing is written.
        public static let quiesced = QuiesceState(name: "QUIESCED")
        /// It was quiesced until it was released.
        public static let released = QuiesceState(name: "RELEASED")

        /// Joins the parts.
        public init(name: String) {
            self.name = name
        }
    }

    /// Begins to quiesce directories, and waits for it.
    ///
    /// - Parameters:
    ///   - directories: from the file system's root.
    ///   - set: the set's name; one that nobody has used before.
    ///   - leader: the MDS that keeps the database (``Rados/quiesceLeader(of:)``).
    ///   - timeout: seconds to wait, after which the MDS gives up.
    ///   - expiration: seconds until the MDS lets go by itself.
    /// - Throws: ``CephError``: ETIMEDOUT, EINPROGRESS when it took too long.
    public func quiesce(
        _ directories: [String],
        set: String,
        leader: Int64,
        timeout: Double,
        expiration: Double
    ) throws -> QuiesceState {
        let command = Self.quiesceCommand(directories, set: set, timeout: timeout, expiration: expiration)
        return try state(of: set, in: send(command, target: "\(leader)"))
    }

    static func quiesceCommand(
        _ directories: [String],
        set: String,
        timeout: Double,
        expiration: Double
    ) -> MonCommand {
        MonCommand(
            "quiesce db",
            [
                "roots": .array(directories.map { .string(reference($0)) }),
                "set_id": .string(set),
                "timeout": .number(timeout),
                "expiration": .number(expiration),
                // The MDS's own time-out comes first, and says more.
                "await_for": .number(timeout + 2),
            ]
        )
    }

    /// Lets go of a set that is quiesced, and waits for it.
    ///
    /// - Throws: ``CephError`` EPERM when it is not quiesced any more.
    public func release(set: String, leader: Int64, timeout: Double) throws -> QuiesceState {
        try state(of: set, in: send(Self.releaseCommand(set: set, timeout: timeout), target: "\(leader)"))
    }

    static func releaseCommand(set: String, timeout: Double) -> MonCommand {
        MonCommand("quiesce db", ["set_id": .string(set), "release": .bool(true), "await_for": .number(timeout)])
    }

    /// Ends a set in whatever state it is; one that is over already is no error.
    public func cancel(set: String, leader: Int64) throws {
        do {
            _ = try send(
                MonCommand("quiesce db", ["set_id": .string(set), "cancel": .bool(true)]),
                target: "\(leader)"
            )
        } catch let error as CephError where error.code == ENOENT || error.code == EPERM {
            // It never came to be, or is over.
        }
    }

    private func state(of set: String, in answer: String) throws -> QuiesceState {
        let json = try JSONValue(parsing: answer)
        guard let name = json["sets"]?[set]?["state"]?["name"]?.string else {
            throw CephError(call: "ceph_mds_command", code: EBADMSG, path: "quiesce db", detail: "no state of \(set)")
        }
        return QuiesceState(name: name)
    }

    /// The MDS takes its roots for URI references: everything that could have a meaning there is percent-encoded.
    static func reference(_ path: String) -> String {
        var result = "file:"
        for byte in path.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "/"),
                UInt8(ascii: "-"), UInt8(ascii: "~"):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                result += (byte < 16 ? "%0" : "%") + String(byte, radix: 16, uppercase: true)
            }
        }
        return result
    }
}

extension Rados {
    /// The global id of the MDS that keeps the quiesce database; nil where the cluster has none, which it has from Ceph 19
    /// on (`fs dump`, `qdb_leader`).
    ///
    /// - Throws: ``CephError`` ENOENT when the user sees no file system of that name.
    public func quiesceLeader(of filesystem: String) throws -> Int64? {
        Self.quiesceLeader(in: try metadataMap(of: filesystem))
    }

    static func quiesceLeader(in map: JSONValue) -> Int64? {
        guard let leader = map["qdb_leader"]?.integer, leader > 0 else { return nil }
        return leader
    }

    /// The release that the monitors run, as they print it (`version`).
    public func release() throws -> String {
        try JSONValue(parsing: send(MonCommand("version")))["version"]?.string ?? "of an unknown version"
    }
}
