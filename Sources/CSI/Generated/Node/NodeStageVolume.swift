// Generated from proto/csi.proto by scripts/generate; do not edit.

import CCSI
import ProtobufBridge

/// Asks to mount a volume for this node.
public struct NodeStageVolumeRequest: ProtobufMessage {
    /// Required. Id of the volume.
    public var volumeID: String

    /// What ControllerPublishVolume returned, when the plugin has it.
    public var publishContext: [String: String]

    /// Required. Absolute path of an existing directory, one per volume; may be longer than 128 bytes.
    public var stagingTargetPath: String

    /// Required. How the volume will be used.
    public var volumeCapability: VolumeCapability?

    /// Optional. Credentials for this call.
    public var secrets: Redacted<[String: String]>

    /// Optional. The context that CreateVolume returned.
    public var volumeContext: [String: String]

    /// Makes a message; what is not given is unset.
    public init(
        volumeID: String = "",
        publishContext: [String: String] = [:],
        stagingTargetPath: String = "",
        volumeCapability: VolumeCapability? = nil,
        secrets: Redacted<[String: String]> = [:],
        volumeContext: [String: String] = [:]
    ) {
        self.volumeID = volumeID
        self.publishContext = publishContext
        self.stagingTargetPath = stagingTargetPath
        self.volumeCapability = volumeCapability
        self.secrets = secrets
        self.volumeContext = volumeContext
    }

    /// Reads the fields of an unpacked message.
    public init(from reader: borrowing MessageReader) throws(ProtobufError) {
        volumeID = try reader.string(1)
        publishContext = try reader.map(2)
        stagingTargetPath = try reader.string(3)
        volumeCapability = try reader.message(4)
        secrets = try reader.secrets(5)
        volumeContext = try reader.map(6)
    }

    /// Writes the fields into a message that is about to be packed.
    public func write(to writer: borrowing MessageWriter) {
        writer.string(1, volumeID)
        writer.map(2, publishContext)
        writer.string(3, stagingTargetPath)
        writer.message(4, volumeCapability)
        writer.secrets(5, secrets)
        writer.map(6, volumeContext)
    }

    /// Describes `csi.v1.NodeStageVolumeRequest`.
    public static var messageType: MessageType { MessageType(csi_NodeStageVolumeRequest()) }
}

/// The volume is staged; has no fields.
public struct NodeStageVolumeResponse: ProtobufMessage {
    /// Makes the message.
    public init() {}

    /// Reads the fields of an unpacked message.
    public init(from _: borrowing MessageReader) throws(ProtobufError) {}

    /// Writes the fields into a message that is about to be packed.
    public func write(to _: borrowing MessageWriter) {}

    /// Describes `csi.v1.NodeStageVolumeResponse`.
    public static var messageType: MessageType { MessageType(csi_NodeStageVolumeResponse()) }
}
