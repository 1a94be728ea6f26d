// Generated from proto/csi.proto by scripts/generate; do not edit.

import CCSI
import ProtobufBridge

/// Asks to undo publishing.
public struct NodeUnpublishVolumeRequest: ProtobufMessage {
    /// Required. Id of the volume.
    public var volumeID: String

    /// Required. Absolute path where the volume was published, which the plugin removes; may be longer than 128 bytes.
    public var targetPath: String

    /// Makes a message; what is not given is unset.
    public init(
        volumeID: String = "",
        targetPath: String = ""
    ) {
        self.volumeID = volumeID
        self.targetPath = targetPath
    }

    /// Reads the fields of an unpacked message.
    public init(from reader: borrowing MessageReader) throws(ProtobufError) {
        volumeID = try reader.string(1)
        targetPath = try reader.string(2)
    }

    /// Writes the fields into a message that is about to be packed.
    public func write(to writer: borrowing MessageWriter) {
        writer.string(1, volumeID)
        writer.string(2, targetPath)
    }

    /// Describes `csi.v1.NodeUnpublishVolumeRequest`.
    public static var messageType: MessageType { MessageType(csi_NodeUnpublishVolumeRequest()) }
}

/// Nothing is at the target; has no fields.
public struct NodeUnpublishVolumeResponse: ProtobufMessage {
    /// Makes the message.
    public init() {}

    /// Reads the fields of an unpacked message.
    public init(from _: borrowing MessageReader) throws(ProtobufError) {}

    /// Writes the fields into a message that is about to be packed.
    public func write(to _: borrowing MessageWriter) {}

    /// Describes `csi.v1.NodeUnpublishVolumeResponse`.
    public static var messageType: MessageType { MessageType(csi_NodeUnpublishVolumeResponse()) }
}
