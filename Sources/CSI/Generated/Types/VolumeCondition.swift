// Generated from proto/csi.proto by scripts/generate; do not edit.

import CCSI
import ProtobufBridge

/// Whether a volume works as it should. Alpha.
public struct VolumeCondition: ProtobufMessage {
    /// Required. True when something is wrong.
    public var abnormal: Bool

    /// Required. The condition in words.
    public var message: String

    /// Makes a message; what is not given is unset.
    public init(
        abnormal: Bool = false,
        message: String = ""
    ) {
        self.abnormal = abnormal
        self.message = message
    }

    /// Reads the fields of an unpacked message.
    public init(from reader: borrowing MessageReader) throws(ProtobufError) {
        abnormal = reader.bool(1)
        message = try reader.string(2)
    }

    /// Writes the fields into a message that is about to be packed.
    public func write(to writer: borrowing MessageWriter) {
        writer.bool(1, abnormal)
        writer.string(2, message)
    }

    /// Describes `csi.v1.VolumeCondition`.
    public static var messageType: MessageType { MessageType(csi_VolumeCondition()) }
}
