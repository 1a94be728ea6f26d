import Cryptography
import Glibc
import JSON

extension Rados {
    /// Makes a user, or returns the key of the one that has exactly these caps (`auth get-or-create`): one round trip,
    /// a few milliseconds for a new user and one for a known one.
    ///
    /// - Parameters:
    ///   - user: its id without `client.`.
    ///   - caps: text by daemon (`mon`, `mds`, `osd`, `mgr`).
    ///   - kind: of a new user's key; nil: the kind that the cluster prefers. A user that exists keeps the key that it
    ///     has, of whichever kind, and monitors before Ceph 20 ignore it and make AES keys.
    /// - Throws: ``CephError`` EINVAL when the user exists with other caps, or a cap can't be parsed; EACCES when this
    ///   connection's user may not make such a one.
    public func makeUser(
        _ user: String,
        caps: [(daemon: String, caps: String)],
        kind: CephxKey.Kind? = nil
    ) throws -> Secret {
        let words = caps.flatMap { [JSONValue.string($0.daemon), .string($0.caps)] }
        var command = MonCommand("auth get-or-create", ["entity": .string("client.\(user)"), "caps": .array(words)])
        if let kind { command.arguments["key_type"] = .string(kind.rawValue) }
        let answer = try JSONValue(parsing: send(command))
        guard let key = answer.array?.first?["key"]?.string else {
            throw CephError(
                call: "rados_mon_command",
                code: EBADMSG,
                path: command.prefix,
                detail: "no key in the answer"
            )
        }
        return Secret(key)
    }

    /// The kinds of key that the cluster accepts (`auth_allowed_ciphers` of `mon dump`); nil for monitors before Ceph 20,
    /// which know AES keys alone. Kinds that this program does not know are left out.
    public func acceptedKeyKinds() throws -> Set<CephxKey.Kind>? {
        Self.acceptedKeyKinds(try JSONValue(parsing: send(MonCommand("mon dump"))))
    }

    static func acceptedKeyKinds(_ monitors: JSONValue) -> Set<CephxKey.Kind>? {
        guard let ciphers = monitors["auth_allowed_ciphers"]?.array else { return nil }
        return Set(ciphers.compactMap { $0["name"]?.string.flatMap(CephxKey.Kind.init(rawValue:)) })
    }

    /// Removes a user (`auth rm`); one that is not there is a success. Its key authenticates nobody any more, but a
    /// session that it has opened goes on until it is evicted.
    public func removeUser(_ user: String) throws {
        _ = try send(MonCommand("auth rm", ["entity": .string("client.\(user)")]))
    }

    /// A user's caps by daemon (`auth get`); nil when there is no such user.
    public func caps(of user: String) throws -> [String: String]? {
        do {
            let answer = try JSONValue(parsing: send(MonCommand("auth get", ["entity": .string("client.\(user)")])))
            guard case .object(let caps) = answer.array?.first?["caps"] else { return [:] }
            return caps.compactMapValues(\.string)
        } catch let error as CephError where error.code == ENOENT {
            return nil
        }
    }

    /// Whether there is a user of that id (`auth get`).
    public func hasUser(_ user: String) throws -> Bool { try caps(of: user) != nil }

    /// The ranks of a file system that have an MDS, and those that should have one and have none (`fs dump`).
    ///
    /// - Throws: ``CephError`` ENOENT when the user sees no file system of that name.
    public func ranks(of filesystem: String) throws -> (active: [Int64], missing: [Int64]) {
        let map = try metadataMap(of: filesystem)
        return Self.ranks(map)
    }

    /// The same of an `mdsmap`.
    static func ranks(_ map: JSONValue) -> (active: [Int64], missing: [Int64]) {
        let ranks = (map["in"]?.array ?? []).compactMap(\.integer)
        return (ranks.filter { map["up"]?["mds_\($0)"] != nil }, ranks.filter { map["up"]?["mds_\($0)"] == nil })
    }

    /// The global ids of a file system's metadata servers that have a rank (`fs dump`).
    ///
    /// - Throws: as ``ranks(of:)``.
    func servers(of filesystem: String) throws -> Set<Int64> {
        let map = try metadataMap(of: filesystem)
        let ranks = (map["in"]?.array ?? []).compactMap(\.integer)
        return Set(ranks.compactMap { map["up"]?["mds_\($0)"]?.integer })
    }

    /// What the monitors know of a file system's metadata servers (`fs dump`).
    func metadataMap(of filesystem: String) throws -> JSONValue {
        let answer = try JSONValue(parsing: send(MonCommand("fs dump")))
        let maps = (answer["filesystems"]?.array ?? []).compactMap { $0["mdsmap"] }
        guard let map = maps.first(where: { $0["fs_name"]?.string == filesystem }) else {
            throw CephError(
                call: "rados_mon_command",
                code: ENOENT,
                path: "fs dump",
                detail: "no file system \(filesystem)"
            )
        }
        return map
    }
}
