import Foundation
import Testing
import Volumes

@testable import Configuration

@Suite struct DocumentationTests {
    private let page: String

    init() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        page = try String(contentsOf: root.appendingPathComponent("docs/configuration.md"), encoding: .utf8)
    }

    /// The cells of each row of the table of keys, without backticks.
    private var rows: [[String]] {
        page.split(separator: "\n").filter { $0.hasPrefix("| `") }.map { row in
            row.split(separator: "|").map { $0.trimmingCharacters(in: ["`", " "]) }
        }
    }

    /// The text between the fence that begins with "````language`" and the next one.
    private func block(_ language: String) throws -> String {
        let begin = try #require(page.range(of: "```\(language)\n"))
        let end = try #require(page.range(of: "```", range: begin.upperBound..<page.endIndex))
        return String(page[begin.upperBound..<end.lowerBound])
    }

    @Test("docs/configuration.md lists each key with its type, default and example, in the program's order")
    func table() {
        let documented = rows.map { Array($0.prefix(4)) }
        let known = ClusterKey.allCases.map { key in
            [key.rawValue, key.type.rawValue, key.defaultValue ?? "required", key.example]
        }
        #expect(documented == known)
    }

    @Test("The documented defaults are what a file without the keys gives, and the examples are accepted")
    func defaultsAndExamples() throws {
        let minimal = "clusters:\n  - id: main\n    monitors: [\"10.0.0.1:6789\", \"10.0.0.2:6789\"]\n"
        var defaults = minimal
        var examples = "clusters:\n  -\n"
        for row in rows {
            examples += "    \(row[0]): \(row[3])\n"
            let value = row[2].isEmpty ? "\"\"" : row[2]
            if row[2] != "required" { defaults += "    \(row[0]): \(value)\n" }
        }
        let plain = try ConfigurationFile.parse(Array(minimal.utf8), file: "minimal")
        #expect(try ConfigurationFile.parse(Array(defaults.utf8), file: "defaults") == plain)
        #expect(try ConfigurationFile.parse(Array(examples.utf8), file: "examples").count == 1)
    }

    @Test("The page's example file is accepted")
    func exampleFile() throws {
        let clusters = try ConfigurationFile.parse(Array(block("yaml").utf8), file: "docs/configuration.md")
        #expect(clusters.first?.monitors.count == 3)
    }

    @Test("The JSON schema has the same keys, types and defaults as the program")
    func schema() throws {
        let object = try JSONSerialization.jsonObject(with: Data(block("json").utf8)) as? [String: Any]
        let top = try #require(object)
        #expect(top["required"] as? [String] == ConfigurationFile.topLevelKeys)
        let clusters = try #require((top["properties"] as? [String: Any])?["clusters"] as? [String: Any])
        let entry = try #require(clusters["items"] as? [String: Any])
        let keys = try #require(entry["properties"] as? [String: [String: Any]])
        #expect(Set(keys.keys) == Set(ClusterKey.allCases.map(\.rawValue)))
        #expect(entry["required"] as? [String] == ClusterKey.allCases.filter { $0.defaultValue == nil }.map(\.rawValue))
        for key in ClusterKey.allCases {
            let types: [ClusterKey.ValueType: String] = [
                .text: "string", .mounter: "string", .cephxKeyType: "string",
                .boolean: "boolean", .listOfTexts: "array",
            ]
            #expect(keys[key.rawValue]?["type"] as? String == types[key.type])
            let value = keys[key.rawValue]?["default"]
            switch key.type {
            case .text, .mounter, .cephxKeyType: #expect(value as? String == key.defaultValue)
            case .boolean: #expect((value as? Bool).map { "\($0)" } == key.defaultValue)
            case .listOfTexts: #expect((value as? [String]).map { "\($0)" } == key.defaultValue)
            }
        }
        #expect(keys["mounter"]?["enum"] as? [String] == Cluster.Mounter.allCases.map(\.rawValue))
        #expect(keys["cephxKeyType"]?["enum"] as? [String] == Cluster.CephxKeyType.allCases.map(\.rawValue))
    }
}
