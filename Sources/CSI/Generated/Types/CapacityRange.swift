// Generated from proto/csi.proto by scripts/generate; do not edit.

import CCSI
import ProtobufBridge

/// Bounds of a capacity; at least one is given. The same value twice asks for an exact size.
public struct CapacityRange: ProtobufMessage {
    /// Optional. At least so many bytes; 0 means unspecified, negative is invalid.
    public var requiredBytes: Int64

    /// Optional. At most so many bytes; 0 means unspecified, negative is invalid.
    public var limitBytes: Int64

    /// Makes a message; what is not given is unset.
    public init(
        requiredBytes: Int64 = 0,
        limitBytes: Int64 = 0
    ) {
        self.requiredBytes = requiredBytes
        self.limitBytes = limitBytes
    }

    /// Reads the fields of an unpacked message.
    public init(from reader: borrowing MessageReader) throws(ProtobufError) {
        requiredBytes = reader.int64(1)
        limitBytes = reader.int64(2)
    }

    /// Writes the fields into a message that is about to be packed.
    public func write(to writer: borrowing MessageWriter) {
        writer.int64(1, requiredBytes)
        writer.int64(2, limitBytes)
    }

    /// Describes `csi.v1.CapacityRange`.
    public static var messageType: MessageType { MessageType(csi_CapacityRange()) }
}
