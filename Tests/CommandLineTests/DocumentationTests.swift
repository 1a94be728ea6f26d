import Foundation
import Testing

/// docs/options.md against the program's own help, so that neither can change alone.
@Suite struct DocumentationTests {
    /// Options of the table in a section of the page, with their defaults.
    private func documented(_ section: String) throws -> [String: String] {
        let page = try String(contentsOf: Program.repository.appendingPathComponent("docs/options.md"), encoding: .utf8)
        let text = try #require(page.components(separatedBy: "\n## ").first { $0.hasPrefix("\(section)\n") })
        var options: [String: String] = [:]
        for row in text.split(separator: "\n") where row.hasPrefix("| `--") {
            let cells = row.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            #expect(cells.count == 4, "\(row)")
            options[cells[0].trimmingCharacters(in: ["`"])] = cells[2].trimmingCharacters(in: ["`"])
        }
        return options
    }

    private func options(in help: String) -> Set<String> {
        Set(help.matches(of: /(?m)^  (?:-[a-z], )?(--[a-z-]+)/).map { String($0.1) }).subtracting(["--help"])
    }

    @Test("docs/options.md lists the options of serve with their defaults, all of them and no other")
    func serve() throws {
        let documented = try documented("serve")
        let help = try Program("serve", "--help").output
        #expect(documented.count > 10)
        #expect(Set(documented.keys) == options(in: help))
        let flat = help.split { $0 == " " || $0 == "\n" }.joined(separator: " ")
        for (option, value) in documented
        where !["required", "the host's name", "none", "required for node and all"].contains(value) {
            let isShown = flat.contains("Default: \(value).") || flat.contains("default: \(value))")
            #expect(isShown, "\(option): \(value)")
        }
    }

    @Test("docs/options.md lists the options of caps, credentials, trash and volume, all of them and no other")
    func others() throws {
        #expect(try Set(documented("caps").keys) == options(in: Program("caps", "--help").output))
        var credentials: Set<String> = []
        for command in ["show", "rotate", "withdraw"] {
            credentials.formUnion(options(in: try Program("credentials", command, "--help").output))
        }
        #expect(credentials.count > 5)
        #expect(try Set(documented("credentials").keys) == credentials)
        var trash: Set<String> = []
        for command in ["list", "restore", "purge"] {
            trash.formUnion(options(in: try Program("trash", command, "--help").output))
        }
        #expect(try Set(documented("trash").keys) == trash)
        var volume: Set<String> = []
        for command in ["list", "show", "adopt", "export", "audit"] {
            volume.formUnion(options(in: try Program("volume", command, "--help").output))
        }
        #expect(volume.count > 15)
        #expect(try Set(documented("volume").keys) == volume)
    }
}
