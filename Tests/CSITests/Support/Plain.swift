import CSI
import Foundation
import ProtobufBridge

/// What a message holds, found by reflection, in the notation that the witness uses too.
func plain(_ message: any ProtobufMessage) throws -> String {
    try canonical(fields(of: message))
}

/// JSON with sorted keys, to be compared as text.
func canonical(_ object: Any) throws -> String {
    let data = try JSONSerialization.data(withJSONObject: object, options: [.sortedKeys, .withoutEscapingSlashes])
    return String(decoding: data, as: UTF8.self)
}

private func fields(of message: Any) -> [String: Any] {
    var fields: [String: Any] = [:]
    for case (let label?, let value) in Mirror(reflecting: message).children {
        if let value = plain(value: value) { fields[label.lowercased()] = value }
    }
    return fields
}

/// A field's value, or nil for an absent message.
private func plain(value: Any) -> Any? {
    switch value {
    case let value as Redacted<[String: String]>: return ["redacted": value.exposed]
    case let value as any ProtobufMessage: return fields(of: value)
    case let value as any ProtobufEnum: return String(value.rawValue)
    case let value as Timestamp: return "\(value.seconds).\(value.nanoseconds)"
    case let value as Int32: return String(value)
    case let value as Int64: return String(value)
    case let value as [any ProtobufMessage]: return value.map(fields(of:))
    case is String, is Bool, is [String], is [String: String]: return value
    default: return plain(optionalOrOneof: Mirror(reflecting: value))
    }
}

private func plain(optionalOrOneof mirror: Mirror) -> Any? {
    guard let child = mirror.children.first else { return nil }
    if mirror.displayStyle == .optional { return plain(value: child.value) }
    precondition(mirror.displayStyle == .enum, "a kind of field that the tests don't know: \(mirror.subjectType)")
    return plain(value: child.value).map { [(child.label ?? "").lowercased(): $0] }
}
