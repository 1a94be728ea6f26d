import CProtobufC

/// Reads the fields of one unpacked message, by number.
///
/// Only ``ProtobufMessage/init(from:)`` receives one, and it can't be kept: it points into memory that is freed when
/// the decoding ends.
public struct MessageReader: ~Copyable {
    private let message: UnsafeRawPointer
    private let type: MessageType

    /// - Parameter message: Valid as long as the reader.
    init(message: UnsafePointer<ProtobufCMessage>) {
        self.message = UnsafeRawPointer(message)
        type = MessageType(ProtobufMessageType(descriptor: message.pointee.descriptor))
    }

    private func load<Value>(_ offset: Int, as _: Value.Type = Value.self) -> Value {
        message.load(fromByteOffset: offset, as: Value.self)
    }

    // MARK: Single values

    /// A truth value.
    public func bool(_ number: UInt32) -> Bool {
        load(type.field(number, PROTOBUF_C_TYPE_BOOL).offset, as: protobuf_c_boolean.self) != 0
    }

    /// A number of 32 bits.
    public func int32(_ number: UInt32) -> Int32 {
        load(type.field(number, PROTOBUF_C_TYPE_INT32).offset)
    }

    /// A number of 64 bits.
    public func int64(_ number: UInt32) -> Int64 {
        load(type.field(number, PROTOBUF_C_TYPE_INT64).offset)
    }

    /// A value of an enum.
    public func enumeration<Enum: ProtobufEnum>(_ number: UInt32) -> Enum {
        Enum(rawValue: load(type.field(number, PROTOBUF_C_TYPE_ENUM).offset))
    }

    /// A string.
    ///
    /// - Throws: ``ProtobufError/invalidUTF8(field:)`` or ``ProtobufError/containsNUL(field:)``.
    public func string(_ number: UInt32) throws(ProtobufError) -> String {
        let field = type.field(number, PROTOBUF_C_TYPE_BYTES)
        return try load(field.offset, as: ProtobufCBinaryData.self).text { field.name }
    }

    /// A message, or nil when it is absent or another case of its oneof is set.
    ///
    /// - Throws: What the message's own fields throw, with this field's name before theirs.
    public func message<Message: ProtobufMessage>(
        _ number: UInt32,
        as _: Message.Type = Message.self
    ) throws(ProtobufError) -> Message? {
        let field = type.field(number, PROTOBUF_C_TYPE_MESSAGE)
        guard let message = submessage(field) else { return nil }
        do {
            return try Message(from: MessageReader(message: message))
        } catch {
            throw error.within(field.name)
        }
    }

    // MARK: Well-known types

    /// A `google.protobuf.BoolValue`.
    public func optionalBool(_ number: UInt32) -> Bool? {
        submessage(type.field(number, PROTOBUF_C_TYPE_MESSAGE)).map { MessageReader(message: $0).bool(1) }
    }

    /// A `google.protobuf.Int64Value`.
    public func optionalInt64(_ number: UInt32) -> Int64? {
        submessage(type.field(number, PROTOBUF_C_TYPE_MESSAGE)).map { MessageReader(message: $0).int64(1) }
    }

    /// A `google.protobuf.Timestamp`.
    public func timestamp(_ number: UInt32) -> Timestamp? {
        submessage(type.field(number, PROTOBUF_C_TYPE_MESSAGE)).map {
            let reader = MessageReader(message: $0)
            return Timestamp(seconds: reader.int64(1), nanoseconds: reader.int32(2))
        }
    }

    // MARK: Lists and maps

    /// A list of strings.
    ///
    /// - Throws: As for ``string(_:)``, with the element's index after the field's name.
    public func strings(_ number: UInt32) throws(ProtobufError) -> [String] {
        let field = type.field(number, PROTOBUF_C_TYPE_BYTES, repeated: true)
        var strings: [String] = []
        for (index, data) in elements(field, as: ProtobufCBinaryData.self).enumerated() {
            strings.append(try data.text { "\(field.name)[\(index)]" })
        }
        return strings
    }

    /// A list of messages.
    ///
    /// - Throws: What an element's own fields throw, with this field's name and the index before theirs.
    public func messages<Message: ProtobufMessage>(_ number: UInt32) throws(ProtobufError) -> [Message] {
        let field = type.field(number, PROTOBUF_C_TYPE_MESSAGE, repeated: true)
        var messages: [Message] = []
        for (index, element) in elements(field, as: UnsafePointer<ProtobufCMessage>.self).enumerated() {
            do {
                messages.append(try Message(from: MessageReader(message: element)))
            } catch {
                throw error.within("\(field.name)[\(index)]")
            }
        }
        return messages
    }

    /// A map of strings to strings; of entries with the same key the last one counts.
    ///
    /// - Throws: As for ``string(_:)``; the path ends in the entry's position and `key` or `value`.
    public func map(_ number: UInt32) throws(ProtobufError) -> [String: String] {
        let field = type.field(number, PROTOBUF_C_TYPE_MESSAGE, repeated: true)
        let entries = elements(field, as: UnsafePointer<ProtobufCMessage>.self)
        var map: [String: String] = [:]
        for (index, element) in entries.enumerated() {
            let entry = MessageReader(message: element)
            do {
                map[try entry.string(1)] = try entry.string(2)
            } catch {
                throw error.within("\(field.name)[\(index)]")
            }
        }
        return map
    }

    /// A map that the schema marks as secret.
    ///
    /// - Throws: As for ``map(_:)``; neither key nor value is in the error.
    public func secrets(_ number: UInt32) throws(ProtobufError) -> Redacted<[String: String]> {
        Redacted(try map(number))
    }

    // MARK: Memory

    private func submessage(_ field: UnsafePointer<ProtobufCFieldDescriptor>) -> UnsafePointer<ProtobufCMessage>? {
        // Cases of a oneof lie in one union: the pointer is of this field only if the case says so.
        if field.isOneofCase, load(field.quantifierOffset, as: UInt32.self) != field.pointee.id { return nil }
        return load(field.offset)
    }

    private func elements<Element>(
        _ field: UnsafePointer<ProtobufCFieldDescriptor>,
        as _: Element.Type
    ) -> UnsafeBufferPointer<Element> {
        UnsafeBufferPointer(
            start: load(field.offset, as: UnsafePointer<Element>?.self),
            count: load(field.quantifierOffset, as: Int.self)
        )
    }
}
