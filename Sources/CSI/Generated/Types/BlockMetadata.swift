// Generated from proto/csi.proto by scripts/generate; do not edit.

import CCSI
import ProtobufBridge

/// A range of bytes of a block volume or snapshot.
public struct BlockMetadata: ProtobufMessage {
    /// Required. First byte, counted from 0.
    public var byteOffset: Int64

    /// Required. Length in bytes, greater than 0.
    public var sizeBytes: Int64

    /// Makes a message; what is not given is unset.
    public init(
        byteOffset: Int64 = 0,
        sizeBytes: Int64 = 0
    ) {
        self.byteOffset = byteOffset
        self.sizeBytes = sizeBytes
    }

    /// Reads the fields of an unpacked message.
    public init(from reader: borrowing MessageReader) throws(ProtobufError) {
        byteOffset = reader.int64(1)
        sizeBytes = reader.int64(2)
    }

    /// Writes the fields into a message that is about to be packed.
    public func write(to writer: borrowing MessageWriter) {
        writer.int64(1, byteOffset)
        writer.int64(2, sizeBytes)
    }

    /// Describes `csi.v1.BlockMetadata`.
    public static var messageType: MessageType { MessageType(csi_BlockMetadata()) }
}
