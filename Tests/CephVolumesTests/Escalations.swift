import Ceph
import Foundation
import JSON
import Testing
import Volumes

/// Tests/Support/escalations.json: what a provisioner's key must not be able to do. A file, for tests from outside of
/// this program read it too.
struct Escalations {
    /// An attempt to make a user that differs from a volume's in the named parts; a part that is nil is left out.
    struct Mint: Sendable, CustomTestStringConvertible {
        let name: String
        let entity: String?
        let caps: [String: String?]
        /// Refused only where volumes have no other isolation than this one.
        let isolation: String?
        var testDescription: String { name }
    }

    /// A command that the monitors must refuse.
    struct Command: Sendable, CustomTestStringConvertible {
        let name: String
        let prefix: String
        let arguments: [String: JSONValue]
        var testDescription: String { name }
    }

    /// A call of the `ceph` tool that must be refused: what goes to other daemons than the monitors.
    struct Tool: Sendable, CustomTestStringConvertible {
        let name: String
        let arguments: [String]
        var testDescription: String { name }
    }

    static let mints = section("mints").map { entry in
        var caps: [String: String?] = [:]
        if case .object(let members) = entry["caps"] {
            for (daemon, text) in members { caps[daemon] = .some(text.string) }
        }
        return Mint(
            name: entry["name"]?.string ?? "",
            entity: entry["entity"]?.string,
            caps: caps,
            isolation: entry["isolation"]?.string
        )
    }

    static let commands = section("commands").map { entry in
        var arguments: [String: JSONValue] = [:]
        if case .object(let members) = entry["command"] { arguments = members }
        let prefix = arguments.removeValue(forKey: "prefix")?.string ?? ""
        return Command(name: entry["name"]?.string ?? "", prefix: prefix, arguments: arguments)
    }

    static let tools = section("tools").map { entry in
        Tool(
            name: entry["name"]?.string ?? "",
            arguments: (entry["arguments"]?.array ?? []).compactMap(\.string)
        )
    }

    private static func section(_ name: String) -> [JSONValue] {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Support/escalations.json")
        // An empty table would be a test that can't fail; ``CapsTests`` counts them.
        guard let text = try? String(contentsOf: file, encoding: .utf8) else { return [] }
        return (try? JSONValue(parsing: text))?[name]?.array ?? []
    }

    /// What the placeholders stand for.
    let values: [String: String]

    func filled(_ text: String) -> String {
        values.reduce(text) { $0.replacing("{\($1.key)}", with: $1.value) }
    }

    func filled(_ value: JSONValue) -> JSONValue {
        switch value {
        case .string(let text): .string(filled(text))
        case .array(let values): .array(values.map(filled))
        default: value
        }
    }
}
