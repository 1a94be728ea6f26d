// Generated from proto/csi.proto by scripts/generate; do not edit.

import CCSI
import ProtobufBridge

/// Asks to undo staging.
public struct NodeUnstageVolumeRequest: ProtobufMessage {
    /// Required. Id of the volume.
    public var volumeID: String

    /// Required. Absolute path where the volume was staged; may be longer than 128 bytes.
    public var stagingTargetPath: String

    /// Makes a message; what is not given is unset.
    public init(
        volumeID: String = "",
        stagingTargetPath: String = ""
    ) {
        self.volumeID = volumeID
        self.stagingTargetPath = stagingTargetPath
    }

    /// Reads the fields of an unpacked message.
    public init(from reader: borrowing MessageReader) throws(ProtobufError) {
        volumeID = try reader.string(1)
        stagingTargetPath = try reader.string(2)
    }

    /// Writes the fields into a message that is about to be packed.
    public func write(to writer: borrowing MessageWriter) {
        writer.string(1, volumeID)
        writer.string(2, stagingTargetPath)
    }

    /// Describes `csi.v1.NodeUnstageVolumeRequest`.
    public static var messageType: MessageType { MessageType(csi_NodeUnstageVolumeRequest()) }
}

/// Nothing is staged; has no fields.
public struct NodeUnstageVolumeResponse: ProtobufMessage {
    /// Makes the message.
    public init() {}

    /// Reads the fields of an unpacked message.
    public init(from _: borrowing MessageReader) throws(ProtobufError) {}

    /// Writes the fields into a message that is about to be packed.
    public func write(to _: borrowing MessageWriter) {}

    /// Describes `csi.v1.NodeUnstageVolumeResponse`.
    public static var messageType: MessageType { MessageType(csi_NodeUnstageVolumeResponse()) }
}
