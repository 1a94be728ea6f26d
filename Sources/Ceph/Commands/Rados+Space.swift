import Glibc
import JSON

extension Rados {
    /// A file system's data pools, the default one first (`fs ls`).
    ///
    /// - Throws: ``CephError`` ENOENT when the user sees no file system of that name.
    public func dataPools(of filesystem: String) throws -> [String] {
        let answer = try JSONValue(parsing: send(MonCommand("fs ls")))
        guard let found = answer.array?.first(where: { $0["name"]?.string == filesystem }) else {
            throw CephError(
                call: "rados_mon_command",
                code: ENOENT,
                path: "fs ls",
                detail: "no file system \(filesystem)"
            )
        }
        return (found["data_pools"]?.array ?? []).compactMap(\.string)
    }

    /// Bytes that a pool may still take (`df`): what its OSDs have room for, replicas taken off, and what its quota
    /// leaves, where it has one.
    ///
    /// - Throws: ``CephError`` ENOENT when there is no pool of that name.
    public func availableBytes(inPool pool: String) throws -> Int64 {
        let answer = try JSONValue(parsing: send(MonCommand("df", ["detail": .string("detail")])))
        let stats = answer["pools"]?.array?.first { $0["name"]?.string == pool }?["stats"]
        guard let stats, let available = stats["max_avail"]?.integer else {
            throw CephError(call: "rados_mon_command", code: ENOENT, path: "df", detail: "no pool \(pool)")
        }
        let quota = stats["quota_bytes"]?.integer ?? 0
        let left = quota > 0 ? max(quota - (stats["stored"]?.integer ?? 0), 0) : available
        return max(min(available, left), 0)
    }
}
