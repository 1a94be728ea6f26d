import Foundation
import Testing

@Suite struct VolumeCommandTests {
    private static let access = ["--config", "/proc/none/c.yaml", "--user", "u", "--key-file", "/proc/none/key"]

    @Test(
        "A wrong option of volume is refused by name with its fix, with exit code 64",
        arguments: [
            (["list", "-o", "xml"], "'text' and 'json'"), (["show"], "<volumes>"), (["show", "a:b"], "<cluster>:"),
            (["adopt"], "--path"), (["adopt", "--path", "/a", "--capacity", "10 GB"], "10Gi"),
            (["adopt", "--path", "/a", "--capacity", "0"], "above 0"),
            (["adopt", "--path", "/a", "--capacity", "9Ei"], "below 8Ei"),
            (["adopt", "--path", "/a", "--capacity", "1Gi", "--no-limit"], "exclude each other"),
            (["adopt", "--path", "/a", "--group", "_x"], "--group must be"),
            (["adopt", "--path", "/a", "--name", ""], "--name must be"),
            (["export"], "give volume ids or --all"), (["export", "--all", "a:b:c:d"], "not both"),
            (["export", "--all", "--claim", "a/b"], "give one id"),
            (["export", "a:b:c:d", "--claim", "b"], "namespace/name"),
            (["export", "a:b:c:d", "--secret", "A/b"], "lower case"),
            (["export", "a:b:c:d", "--storage-class", "A B"], "--storage-class must be"),
            (["export", "a:b:c:d", "--node-secret", "a/b"], "--credentials shared"),
            (["audit"], "--persistent-volumes"),
        ]
    )
    func refusals(_ arguments: [String], words: String) throws {
        let verb = Array(arguments.prefix(1))
        let program = try Program(["volume"] + verb + Self.access + arguments.dropFirst())
        #expect(program.status == 64, "\(program.errors)")
        #expect(program.errors.contains(words), "\(program.errors)")
        #expect(program.output.isEmpty)
    }

    @Test("A configuration that can't be read is refused with exit code 78, by every subcommand")
    func configuration() throws {
        for arguments in [
            ["list"], ["show", "a:b:c:d"], ["adopt", "--path", "/a"], ["export", "--all"],
            ["audit", "--persistent-volumes", "-"],
        ] {
            let program = try Program(["volume"] + arguments.prefix(1) + Self.access + arguments.dropFirst())
            #expect(program.status == 78, "\(arguments): \(program.errors)")
            #expect(program.errors.contains("/proc/none/c.yaml: can't be read"))
        }
    }
}
