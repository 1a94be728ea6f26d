import CSI
import Foundation
import Testing

/// Google's Python implementation of Protocol Buffers, asked through Reference/reference.py.
enum Reference {
    /// What the schema says.
    struct Facts: Decodable {
        var messages: [String]
        var fields: Int
        var oneofs: Int
        var enums: [String: [String: Int32]]
        var services: [String: [String]]
        var unary: [String: [String]]
        var secrets: [String]
        var alpha: [String]
    }

    /// A message as the witness wrote it, and what it holds.
    struct Sample: Sendable {
        var name: String
        var bytes: [UInt8]
        /// The notation of `plain(_:)`.
        var fields: String
    }

    /// A message with one unacceptable string.
    struct BadText: Decodable {
        var name: String
        var bytes: String
        var fault: String
        var path: String
    }

    static func facts() throws -> Facts {
        try JSONDecoder().decode(Facts.self, from: Data(run("facts").utf8))
    }

    static func samples() throws -> [Sample] {
        try lines(run("samples")).map { line in
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8))
            let sample = try #require(object as? [String: Any])
            return Sample(
                name: try #require(sample["name"] as? String),
                bytes: try unhex(#require(sample["bytes"] as? String)),
                fields: try canonical(#require(sample["fields"]))
            )
        }
    }

    static func badText() throws -> [BadText] {
        try lines(run("bad-text")).map { try JSONDecoder().decode(BadText.self, from: Data($0.utf8)) }
    }

    /// What the witness reads in each of these messages; nil where it refuses the bytes.
    static func parse(_ messages: [(name: String, bytes: [UInt8])]) throws -> [String?] {
        let input = messages.map { "\($0.name) \(hex($0.bytes))\n" }.joined()
        return try lines(run("parse", input: input)).map { line in
            line == "null" ? nil : try canonical(JSONSerialization.jsonObject(with: Data(line.utf8)))
        }
    }

    private static func run(_ command: String, input: String = "") throws -> String {
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Reference/reference.py")
        let inputFile = URL.temporaryDirectory.appending(path: "csi-reference-\(UUID().uuidString)")
        try Data(input.utf8).write(to: inputFile)
        defer { try? FileManager.default.removeItem(at: inputFile) }
        let output = Pipe()
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/python3")
        process.arguments = [script.path, command]
        process.standardInput = try FileHandle(forReadingFrom: inputFile)
        process.standardOutput = output
        try process.run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        try #require(
            process.terminationStatus == 0,
            "reference.py failed: it needs protoc and python3-protobuf, which scripts/bootstrap installs"
        )
        return try #require(String(bytes: data, encoding: .utf8))
    }

    private static func lines(_ text: String) -> [Substring] {
        text.split(separator: "\n")
    }
}

/// A type by the full name of its message, e.g. `csi.v1.Volume`.
func messageType(named name: String) throws -> any ProtobufMessage.Type {
    try #require(messagesByName[name], "no Swift type for \(name)")
}

private let messagesByName: [String: any ProtobufMessage.Type] =
    Dictionary(uniqueKeysWithValues: allMessages.map { ($0.messageType.name, $0) })

func hex(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
}

func unhex(_ text: String) throws -> [UInt8] {
    let digits = try text.map { try #require($0.hexDigitValue) }
    return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
}
