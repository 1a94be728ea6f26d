import CProtobufC

/// Fills the C struct of one message that is about to be packed, field by field.
///
/// Only ``ProtobufMessage/write(to:)`` receives one, and it can't be kept.
public struct MessageWriter: ~Copyable {
    private let message: UnsafeMutableRawPointer
    private let type: MessageType
    private let arena: MessageArena

    /// - Parameter arena: Must outlive the writer and what it wrote.
    init(_ type: MessageType, _ arena: MessageArena) {
        // Zero is the default of every proto3 field, and "nothing" for a oneof's case.
        message = arena.zeroed(type.descriptor.pointee.sizeof_message)
        message.assumingMemoryBound(to: ProtobufCMessage.self).pointee.descriptor = type.descriptor
        self.type = type
        self.arena = arena
    }

    private var base: UnsafeMutablePointer<ProtobufCMessage> {
        message.assumingMemoryBound(to: ProtobufCMessage.self)
    }

    /// The message and all that is below it, in the wire format.
    func packed() -> [UInt8] {
        let size = protobuf_c_message_get_packed_size(base)
        return [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            count = buffer.baseAddress.map { protobuf_c_message_pack(base, $0) } ?? 0
        }
    }

    // MARK: Single values

    /// A truth value.
    public func bool(_ number: UInt32, _ value: Bool) {
        store(protobuf_c_boolean(value ? 1 : 0), type.field(number, PROTOBUF_C_TYPE_BOOL))
    }

    /// A number of 32 bits.
    public func int32(_ number: UInt32, _ value: Int32) {
        store(value, type.field(number, PROTOBUF_C_TYPE_INT32))
    }

    /// A number of 64 bits.
    public func int64(_ number: UInt32, _ value: Int64) {
        store(value, type.field(number, PROTOBUF_C_TYPE_INT64))
    }

    /// A value of an enum.
    public func enumeration(_ number: UInt32, _ value: some ProtobufEnum) {
        store(value.rawValue, type.field(number, PROTOBUF_C_TYPE_ENUM))
    }

    /// A string.
    public func string(_ number: UInt32, _ value: String) {
        store(bytes(value), type.field(number, PROTOBUF_C_TYPE_BYTES))
    }

    /// A message; nil leaves the field out.
    public func message(_ number: UInt32, _ value: (some ProtobufMessage)?) {
        guard let value else { return }
        let field = type.field(number, PROTOBUF_C_TYPE_MESSAGE)
        store(submessage(value), field)
    }

    // MARK: Well-known types

    /// A `google.protobuf.BoolValue`; nil leaves the field out.
    public func optionalBool(_ number: UInt32, _ value: Bool?) {
        guard let value else { return }
        wellKnown(number) { $0.bool(1, value) }
    }

    /// A `google.protobuf.Int64Value`; nil leaves the field out.
    public func optionalInt64(_ number: UInt32, _ value: Int64?) {
        guard let value else { return }
        wellKnown(number) { $0.int64(1, value) }
    }

    /// A `google.protobuf.Timestamp`; nil leaves the field out.
    public func timestamp(_ number: UInt32, _ value: Timestamp?) {
        guard let value else { return }
        wellKnown(number) {
            $0.int64(1, value.seconds)
            $0.int32(2, value.nanoseconds)
        }
    }

    private func wellKnown(_ number: UInt32, _ write: (borrowing MessageWriter) -> Void) {
        let field = type.field(number, PROTOBUF_C_TYPE_MESSAGE)
        let writer = MessageWriter(field.messageType, arena)
        write(writer)
        store(writer.base, field)
    }

    // MARK: Lists and maps

    /// A list of strings.
    public func strings(_ number: UInt32, _ values: [String]) {
        let elements = arena.array(of: ProtobufCBinaryData.self, count: values.count)
        for (index, value) in values.enumerated() { elements[index] = bytes(value) }
        store(elements, count: values.count, type.field(number, PROTOBUF_C_TYPE_BYTES, repeated: true))
    }

    /// A list of messages.
    public func messages(_ number: UInt32, _ values: [some ProtobufMessage]) {
        let elements = arena.array(of: UnsafeMutablePointer<ProtobufCMessage>?.self, count: values.count)
        for (index, value) in values.enumerated() { elements[index] = submessage(value) }
        store(elements, count: values.count, type.field(number, PROTOBUF_C_TYPE_MESSAGE, repeated: true))
    }

    /// A map of strings to strings, sorted by key.
    public func map(_ number: UInt32, _ map: [String: String]) {
        guard !map.isEmpty else { return }
        let field = type.field(number, PROTOBUF_C_TYPE_MESSAGE, repeated: true)
        let elements = arena.array(of: UnsafeMutablePointer<ProtobufCMessage>?.self, count: map.count)
        for (index, (key, value)) in map.sorted(by: { $0.key < $1.key }).enumerated() {
            let entry = MessageWriter(field.messageType, arena)
            entry.string(1, key)
            entry.string(2, value)
            elements[index] = entry.base
        }
        store(elements, count: map.count, field)
    }

    /// A map that the schema marks as secret.
    public func secrets(_ number: UInt32, _ secrets: Redacted<[String: String]>) {
        map(number, secrets.exposed)
    }

    // MARK: Memory

    private func store<Value>(_ value: Value, _ field: UnsafePointer<ProtobufCFieldDescriptor>) {
        if field.isOneofCase {
            message.storeBytes(of: field.pointee.id, toByteOffset: field.quantifierOffset, as: UInt32.self)
        }
        message.storeBytes(of: value, toByteOffset: field.offset, as: Value.self)
    }

    private func store<Element>(
        _ elements: UnsafeMutablePointer<Element>,
        count: Int,
        _ field: UnsafePointer<ProtobufCFieldDescriptor>
    ) {
        message.storeBytes(of: elements, toByteOffset: field.offset, as: UnsafeMutablePointer<Element>.self)
        message.storeBytes(of: count, toByteOffset: field.quantifierOffset, as: Int.self)
    }

    private func submessage(_ value: some ProtobufMessage) -> UnsafeMutablePointer<ProtobufCMessage> {
        let writer = MessageWriter(Swift.type(of: value).messageType, arena)
        value.write(to: writer)
        return writer.base
    }

    private func bytes(_ text: String) -> ProtobufCBinaryData {
        var text = text
        return text.withUTF8 { source in
            guard !source.isEmpty else { return ProtobufCBinaryData(len: 0, data: nil) }
            let copy = arena.array(of: UInt8.self, count: source.count)
            copy.update(from: source.baseAddress ?? UnsafePointer(copy), count: source.count)
            return ProtobufCBinaryData(len: source.count, data: copy)
        }
    }
}
