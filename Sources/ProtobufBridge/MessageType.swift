import CProtobufC

/// One message type of a schema, as protobuf-c describes it.
public struct MessageType: Sendable {
    /// Static and immutable in C; never freed.
    nonisolated(unsafe) let descriptor: UnsafePointer<ProtobufCMessageDescriptor>

    /// Wraps what a generated C accessor returns.
    public init(_ type: ProtobufMessageType) {
        descriptor = type.descriptor
    }

    /// The full name in the schema, e.g. `csi.v1.Volume`.
    public var name: String { String(cString: descriptor.pointee.name) }

    /// The field with this number, which must have the type and label that the caller is about to read or write:
    /// a mismatch is an error of the generated code, found by the first use of the message.
    func field(
        _ number: UInt32,
        _ type: ProtobufCType,
        repeated: Bool = false
    ) -> UnsafePointer<ProtobufCFieldDescriptor> {
        guard let field = protobuf_c_message_descriptor_get_field(descriptor, number) else {
            preconditionFailure("\(name) has no field \(number)")
        }
        precondition(
            field.pointee.type == type && (field.pointee.label == PROTOBUF_C_LABEL_REPEATED) == repeated,
            "field \(number) of \(name) has another type"
        )
        return field
    }
}

extension UnsafePointer<ProtobufCFieldDescriptor> {
    /// The field's name in the schema.
    var name: String { String(cString: pointee.name) }
    /// Where the field lies in the C struct.
    var offset: Int { Int(pointee.offset) }
    /// Where the number of elements, or the case of the oneof, lies in the C struct.
    var quantifierOffset: Int { Int(pointee.quantifier_offset) }
    /// Whether the field shares its place with the other cases of a oneof.
    var isOneofCase: Bool { pointee.flags & UInt32(PROTOBUF_C_FIELD_FLAG_ONEOF.rawValue) != 0 }
    /// The type of a message field.
    var messageType: MessageType {
        let descriptor = pointee.descriptor.assumingMemoryBound(to: ProtobufCMessageDescriptor.self)
        return MessageType(ProtobufMessageType(descriptor: descriptor))
    }
}
