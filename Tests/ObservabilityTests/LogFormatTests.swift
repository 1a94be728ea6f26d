import Cryptography
import Foundation
import Logging
import Testing
import Volumes

@testable import Observability

@Suite struct LogFormatTests {
    private let log = CapturedLog()

    /// What an attacker would put into a name.
    static let hostile = [
        "a\nb", "a\r\nb", "a\u{0}b", "\u{1b}[31mred", "a\u{7f}b", "a\u{9b}2Jb", "a\u{85}b", "a\u{2028}b", "a\u{2029}b",
        "a\u{202e}b", "a\u{feff}b", "a\u{e000}b", "a\u{200b}b", "\u{10ffff}", "a\"b", "a\\b", "a=b", "a b", "", "\t",
        "x\n2026-01-01T00:00:00.000Z error forged", "\"} {\"level\":\"error\"", "caf\u{e9} \u{1f600} e\u{301}",
        "\u{1f600}\u{200d}\u{1f600}",
    ]

    @Test(
        "One event is one line of plainly printable characters, whatever it holds",
        arguments: hostile,
        LogFormat.allCases
    )
    func oneLine(_ text: String, _ format: LogFormat) throws {
        log.logger(format, level: .debug).info("\(text)", metadata: ["field": "\(text)", "\(text)": "x"])
        #expect(log.text.hasSuffix("\n"))
        let line = log.text.unicodeScalars.dropLast()
        for scalar in line {
            let category = scalar.properties.generalCategory
            let isPlain = ![.control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned].contains(
                category
            )
            #expect(isPlain, "U+\(String(scalar.value, radix: 16))")
        }
    }

    @Test("JSON gives back exactly what was logged", arguments: hostile)
    func jsonRoundTrip(_ text: String) throws {
        log.logger(.json, level: .debug).warning("\(text)", metadata: ["field": "\(text)"])
        let object = try JSONSerialization.jsonObject(with: Data(log.text.utf8)) as? [String: String]
        let members = try #require(object)
        #expect(Set(members.keys) == ["time", "level", "message", "field"])
        #expect(members["level"] == "warning")
        // By scalars: String's == takes different spellings of an é for the same.
        #expect(members["message"].map { Array($0.unicodeScalars) } == Array(text.unicodeScalars))
        #expect(members["field"].map { Array($0.unicodeScalars) } == Array(text.unicodeScalars))
    }

    @Test("A field can't pass for the level, the time or the message of a JSON line")
    func jsonCollisions() throws {
        log.logger(.json, level: .debug).info(
            "real",
            metadata: ["level": "forged", "message": "forged", "time": "forged"]
        )
        let object = try #require(try JSONSerialization.jsonObject(with: Data(log.text.utf8)) as? [String: String])
        #expect(object["level"] == "info" && object["message"] == "real" && object["time"] != "forged")
        #expect(object["_level"] == "forged")
        #expect(log.text.components(separatedBy: "\"level\"").count == 2)
    }

    @Test("A text line reads well: time, level, message, fields in order, quotes only where needed")
    func textLine() throws {
        log.logger(.text, level: .debug).notice(
            "stopping: \"now\"",
            metadata: [
                "b": "two words", "a": "plain/word:1", "c": "", "d": "x=\"y\"", "e": ["n": "1"], "f": ["p", "q"],
            ]
        )
        let line = try #require(log.lines.first)
        let time = line.prefix(24)
        #expect(time.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/) != nil)
        let rest = #"notice stopping: "now" a=plain/word:1 b="two words" c="" d="x=\"y\"" e.n=1 f.0=p f.1=q"#
        #expect(line.dropFirst(25) == rest)
    }

    @Test("Events below the level are not written")
    func levels() {
        let logger = log.logger(.text, level: .warning)
        logger.debug("no")
        logger.info("no")
        logger.warning("yes")
        #expect(log.lines.count == 1)
    }

    @Test("A logger's own fields are in every line; an event's win over them")
    func loggerFields() throws {
        var logger = log.logger(.text, level: .info)
        logger[metadataKey: "role"] = "node"
        logger.info("one")
        logger.info("two", metadata: ["role": "other"])
        #expect(log.lines[0].hasSuffix(" one role=node"))
        #expect(log.lines[1].hasSuffix(" two role=other"))
    }

    private static let key = "AQBkz1RnAAAAABAAqLMZ7J2mD9bJ1oPqFhWz8w=="

    @Test("A cephx key is hidden wherever it stands", arguments: LogFormat.allCases)
    func hidesKeys(_ format: LogFormat) throws {
        let logger = log.logger(format, level: .info)
        logger.info(
            "key=\(Self.key) and \(Self.key)\(Self.key).",
            metadata: ["x": "a,secret=\(Self.key),b", "l": ["\(Self.key)"]]
        )
        #expect(!log.text.contains("AQBkz1Rn"))
        #expect(log.text.components(separatedBy: "<redacted>").count == 6)
        #expect(log.text.contains("a,secret=<redacted>,b"))
    }

    @Test("A field that is named like a secret is hidden whatever its value", arguments: LogFormat.allCases)
    func hidesSecretFields(_ format: LogFormat) throws {
        let names = [
            "key", "userKey", "adminKey", "secret", "Secrets", "password", "encryptionPassphrase", "token", "keyring",
        ]
        for name in names { log.logger(format, level: .info).info("m", metadata: ["\(name)": "visible-\(name)"]) }
        #expect(log.lines.count == names.count)
        #expect(!log.text.contains("visible-"))
        log.logger(format, level: .info).info("m", metadata: ["volume": "shown", "keys_total": "3"])
        #expect(log.text.contains("shown") && log.text.contains("3"))
    }

    @Test("A Secret shows nothing, as text and as field")
    func hidesSecretValues() {
        let secret = Secret("hunter2")
        log.logger(.text, level: .info).info(
            "got \(secret)",
            metadata: ["x": "\(secret)", "y": .stringConvertible(secret)]
        )
        #expect(!log.text.contains("hunter2"))
        #expect(log.lines[0].hasSuffix("got <redacted> x=<redacted> y=<redacted>"))
    }

    @Test(
        "What only resembles a key is left alone",
        arguments: [
            "AQ==", "AQBkz1RnAAAAABAAqLMZ7J2mD9bJ1oPqFhWz8w=", "BQBkz1RnAAAAABAAqLMZ7J2mD9bJ1oPqFhWz8w==",
            "AQBkz1RnAAAAABAA qLMZ7J2mD9bJ1oPqFhWz8w==", "main:cephfs:csi:pvc-0b5c7a0e-7f0d-4a0e-9d8c-7a1c1f1f1f1f",
        ]
    )
    func keepsOthers(_ text: String) { #expect(KeyRedaction.redact(text) == text) }
}
