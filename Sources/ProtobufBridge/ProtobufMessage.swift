import CProtobufC

/// A plain value that stands for a Protocol Buffers message.
///
/// Conforming types are generated. Unknown fields are ignored and lost; a field with its default value is not
/// written.
public protocol ProtobufMessage: Sendable, Equatable {
    /// The type that describes the message to protobuf-c.
    static var messageType: MessageType { get }

    /// Reads the fields of an unpacked message.
    ///
    /// - Throws: ``ProtobufError`` when a string is not valid.
    init(from reader: borrowing MessageReader) throws(ProtobufError)

    /// Writes the fields into a message that is about to be packed.
    func write(to writer: borrowing MessageWriter)
}

extension ProtobufMessage {
    /// Decodes a message from the wire format.
    ///
    /// - Parameters:
    ///   - bytes: One whole message.
    ///   - limits: What the message may cost at most.
    /// - Throws: ``ProtobufError``; nothing stays allocated.
    public init(decoding bytes: [UInt8], limits: DecodingLimits = .standard) throws(ProtobufError) {
        let type = Self.messageType
        guard bytes.count <= limits.messageBytes else {
            throw .tooLarge(message: type.name, limit: limits.messageBytes)
        }
        let arena = MessageArena(limit: limits.memoryBytes)
        // The reader points into the arena and into nothing else, so the arena has to outlive it.
        defer { withExtendedLifetime(arena) {} }
        guard let message = arena.unpack(type, bytes) else {
            throw arena.isExhausted
                ? .tooLarge(message: type.name, limit: limits.memoryBytes) : .malformed(message: type.name)
        }
        try self.init(from: MessageReader(message: message))
    }

    /// The message in the wire format; map entries are sorted by key, so that equal messages give equal bytes.
    public func encoded() -> [UInt8] {
        let arena = MessageArena(limit: .max)
        return withExtendedLifetime(arena) {
            let writer = MessageWriter(Self.messageType, arena)
            write(to: writer)
            return writer.packed()
        }
    }
}
