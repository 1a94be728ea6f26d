// Generated from proto/csi.proto by scripts/generate; do not edit.

import CCSI
import ProtobufBridge

/// Asks to withdraw a volume from a node.
public struct ControllerUnpublishVolumeRequest: ProtobufMessage {
    /// Required. Id of the volume.
    public var volumeID: String

    /// Optional. Id of the node; empty means every node.
    public var nodeID: String

    /// Optional. Credentials for this call, the same as for publishing.
    public var secrets: Redacted<[String: String]>

    /// Makes a message; what is not given is unset.
    public init(
        volumeID: String = "",
        nodeID: String = "",
        secrets: Redacted<[String: String]> = [:]
    ) {
        self.volumeID = volumeID
        self.nodeID = nodeID
        self.secrets = secrets
    }

    /// Reads the fields of an unpacked message.
    public init(from reader: borrowing MessageReader) throws(ProtobufError) {
        volumeID = try reader.string(1)
        nodeID = try reader.string(2)
        secrets = try reader.secrets(3)
    }

    /// Writes the fields into a message that is about to be packed.
    public func write(to writer: borrowing MessageWriter) {
        writer.string(1, volumeID)
        writer.string(2, nodeID)
        writer.secrets(3, secrets)
    }

    /// Describes `csi.v1.ControllerUnpublishVolumeRequest`.
    public static var messageType: MessageType { MessageType(csi_ControllerUnpublishVolumeRequest()) }
}

/// The volume is not available to the node; has no fields.
public struct ControllerUnpublishVolumeResponse: ProtobufMessage {
    /// Makes the message.
    public init() {}

    /// Reads the fields of an unpacked message.
    public init(from _: borrowing MessageReader) throws(ProtobufError) {}

    /// Writes the fields into a message that is about to be packed.
    public func write(to _: borrowing MessageWriter) {}

    /// Describes `csi.v1.ControllerUnpublishVolumeResponse`.
    public static var messageType: MessageType { MessageType(csi_ControllerUnpublishVolumeResponse()) }
}
