// Generated from proto/csi.proto by scripts/generate; do not edit.

import CCSI
import ProtobufBridge

/// Asks to make a volume appear where a workload uses it.
public struct NodePublishVolumeRequest: ProtobufMessage {
    /// Required. Id of the volume.
    public var volumeID: String

    /// What ControllerPublishVolume returned, when the plugin has it.
    public var publishContext: [String: String]

    /// Absolute path where the volume was staged, when the plugin stages; may be longer than 128 bytes.
    public var stagingTargetPath: String

    /// Required. Absolute path, unique to the volume, which the plugin makes in an existing directory; may be longer
    /// than 128 bytes.
    public var targetPath: String

    /// Required. How the volume will be used.
    public var volumeCapability: VolumeCapability?

    /// Required. Publish for reading only.
    public var readonly: Bool

    /// Optional. Credentials for this call.
    public var secrets: Redacted<[String: String]>

    /// Optional. The context that CreateVolume returned.
    public var volumeContext: [String: String]

    /// Makes a message; what is not given is unset.
    public init(
        volumeID: String = "",
        publishContext: [String: String] = [:],
        stagingTargetPath: String = "",
        targetPath: String = "",
        volumeCapability: VolumeCapability? = nil,
        readonly: Bool = false,
        secrets: Redacted<[String: String]> = [:],
        volumeContext: [String: String] = [:]
    ) {
        self.volumeID = volumeID
        self.publishContext = publishContext
        self.stagingTargetPath = stagingTargetPath
        self.targetPath = targetPath
        self.volumeCapability = volumeCapability
        self.readonly = readonly
        self.secrets = secrets
        self.volumeContext = volumeContext
    }

    /// Reads the fields of an unpacked message.
    public init(from reader: borrowing MessageReader) throws(ProtobufError) {
        volumeID = try reader.string(1)
        publishContext = try reader.map(2)
        stagingTargetPath = try reader.string(3)
        targetPath = try reader.string(4)
        volumeCapability = try reader.message(5)
        readonly = reader.bool(6)
        secrets = try reader.secrets(7)
        volumeContext = try reader.map(8)
    }

    /// Writes the fields into a message that is about to be packed.
    public func write(to writer: borrowing MessageWriter) {
        writer.string(1, volumeID)
        writer.map(2, publishContext)
        writer.string(3, stagingTargetPath)
        writer.string(4, targetPath)
        writer.message(5, volumeCapability)
        writer.bool(6, readonly)
        writer.secrets(7, secrets)
        writer.map(8, volumeContext)
    }

    /// Describes `csi.v1.NodePublishVolumeRequest`.
    public static var messageType: MessageType { MessageType(csi_NodePublishVolumeRequest()) }
}

/// The volume is at its target; has no fields.
public struct NodePublishVolumeResponse: ProtobufMessage {
    /// Makes the message.
    public init() {}

    /// Reads the fields of an unpacked message.
    public init(from _: borrowing MessageReader) throws(ProtobufError) {}

    /// Writes the fields into a message that is about to be packed.
    public func write(to _: borrowing MessageWriter) {}

    /// Describes `csi.v1.NodePublishVolumeResponse`.
    public static var messageType: MessageType { MessageType(csi_NodePublishVolumeResponse()) }
}
