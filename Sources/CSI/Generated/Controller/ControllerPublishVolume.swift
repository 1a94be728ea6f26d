// Generated from proto/csi.proto by scripts/generate; do not edit.

import CCSI
import ProtobufBridge

/// Asks to make a volume available to a node.
public struct ControllerPublishVolumeRequest: ProtobufMessage {
    /// Required. Id of the volume.
    public var volumeID: String

    /// Required. Id of the node, as NodeGetInfo returned it.
    public var nodeID: String

    /// Required. How the volume will be used.
    public var volumeCapability: VolumeCapability?

    /// Required. Publish for reading only; false unless the plugin has PUBLISH_READONLY.
    public var readonly: Bool

    /// Optional. Credentials for this call.
    public var secrets: Redacted<[String: String]>

    /// Optional. The context that CreateVolume returned.
    public var volumeContext: [String: String]

    /// Makes a message; what is not given is unset.
    public init(
        volumeID: String = "",
        nodeID: String = "",
        volumeCapability: VolumeCapability? = nil,
        readonly: Bool = false,
        secrets: Redacted<[String: String]> = [:],
        volumeContext: [String: String] = [:]
    ) {
        self.volumeID = volumeID
        self.nodeID = nodeID
        self.volumeCapability = volumeCapability
        self.readonly = readonly
        self.secrets = secrets
        self.volumeContext = volumeContext
    }

    /// Reads the fields of an unpacked message.
    public init(from reader: borrowing MessageReader) throws(ProtobufError) {
        volumeID = try reader.string(1)
        nodeID = try reader.string(2)
        volumeCapability = try reader.message(3)
        readonly = reader.bool(4)
        secrets = try reader.secrets(5)
        volumeContext = try reader.map(6)
    }

    /// Writes the fields into a message that is about to be packed.
    public func write(to writer: borrowing MessageWriter) {
        writer.string(1, volumeID)
        writer.string(2, nodeID)
        writer.message(3, volumeCapability)
        writer.bool(4, readonly)
        writer.secrets(5, secrets)
        writer.map(6, volumeContext)
    }

    /// Describes `csi.v1.ControllerPublishVolumeRequest`.
    public static var messageType: MessageType { MessageType(csi_ControllerPublishVolumeRequest()) }
}

/// The volume is available to the node.
public struct ControllerPublishVolumeResponse: ProtobufMessage {
    /// Optional. Handed to NodeStageVolume and NodePublishVolume. The orchestrator stores it in the clear.
    public var publishContext: [String: String]

    /// Makes a message; what is not given is unset.
    public init(publishContext: [String: String] = [:]) {
        self.publishContext = publishContext
    }

    /// Reads the fields of an unpacked message.
    public init(from reader: borrowing MessageReader) throws(ProtobufError) {
        publishContext = try reader.map(1)
    }

    /// Writes the fields into a message that is about to be packed.
    public func write(to writer: borrowing MessageWriter) {
        writer.map(1, publishContext)
    }

    /// Describes `csi.v1.ControllerPublishVolumeResponse`.
    public static var messageType: MessageType { MessageType(csi_ControllerPublishVolumeResponse()) }
}
