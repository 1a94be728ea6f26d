import JSON

/// A command for the monitors, as the `ceph` tool sends it.
public struct MonCommand: Sendable, Hashable {
    /// The command's name, `fs ls` for example.
    public var prefix: String
    /// Its arguments.
    public var arguments: [String: JSONValue]

    /// A command that answers in JSON.
    public init(_ prefix: String, _ arguments: [String: JSONValue] = [:]) {
        self.prefix = prefix
        self.arguments = arguments
    }

    /// What goes over the wire.
    var json: String {
        var members = arguments
        members["prefix"] = .string(prefix)
        members["format"] = .string("json")
        return JSONValue.object(members).text
    }
}

extension Rados {
    /// The names of the file systems that this user may see (`fs ls`).
    public func fileSystems() throws -> [String] {
        let answer = try JSONValue(parsing: send(MonCommand("fs ls")))
        return (answer.array ?? []).compactMap { $0["name"]?.string }
    }
}
