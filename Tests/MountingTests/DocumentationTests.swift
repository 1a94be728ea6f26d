import Foundation
import Testing

@testable import Mounting

/// docs/mounting.md against the code.
@Suite struct MountingDocumentationTests {
    private let text: String

    init() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        text = try String(contentsOf: root.appendingPathComponent("docs/mounting.md"), encoding: .utf8)
    }

    /// The rows of the table of the kernel client's options: name and value.
    private func rows() throws -> [String: String] {
        let table = try #require(text.components(separatedBy: "<!-- Held against").last)
        var rows: [String: String] = [:]
        for line in table.split(separator: "\n") where line.hasPrefix("| `") {
            let line = line.replacingOccurrences(of: #"\|"#, with: "\u{1}")
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            rows[cells[0].filter { $0 != "`" }] = cells[1].replacingOccurrences(of: "\u{1}", with: "|")
            if cells[0] == "`wsync`" { break }
        }
        return rows
    }

    @Test func `every option of the kernel's client is listed with its values, and no other`() throws {
        let rows = try rows()
        #expect(Set(rows.keys) == Set(KernelOptionTable.client.keys))
        for (name, value) in KernelOptionTable.client {
            let row = try #require(rows[name])
            let expected: String
            switch value {
            case .none: expected = "none"
            case .onOrOff: expected = "on or off"
            case .onOffOrName: expected = "on or off, or a name"
            case .name: expected = "a name"
            case .places: expected = "`type:name`, several joined by `|`"
            case .choice(let choices): expected = choices.map { "`\($0)`" }.joined(separator: ", ")
            case .number(let range): expected = row == "number" ? row : "\(range.lowerBound) to \(range.upperBound)"
            }
            #expect(row == expected, "\(name)")
        }
    }

    @Test func `every option of every file system and every later version is named`() {
        for name in KernelOptionTable.everyFilesystem.keys { #expect(text.contains("`\(name)`"), "\(name)") }
        for (name, version) in KernelOptionTable.since {
            let row = text.split(separator: "\n").first { $0.hasPrefix("| `\(name)`") }
            #expect(row?.contains("(Linux \(version))") == true, "\(name)")
        }
    }
}
