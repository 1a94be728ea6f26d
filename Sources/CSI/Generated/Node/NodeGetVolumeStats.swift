// Generated from proto/csi.proto by scripts/generate; do not edit.

import CCSI
import ProtobufBridge

/// Asks for usage and condition of a volume.
public struct NodeGetVolumeStatsRequest: ProtobufMessage {
    /// Required. Id of the volume.
    public var volumeID: String

    /// Required. Absolute path where the volume is staged or published; may be longer than 128 bytes.
    public var volumePath: String

    /// Optional. Absolute path where the volume is staged; may be longer than 128 bytes.
    public var stagingTargetPath: String

    /// Makes a message; what is not given is unset.
    public init(
        volumeID: String = "",
        volumePath: String = "",
        stagingTargetPath: String = ""
    ) {
        self.volumeID = volumeID
        self.volumePath = volumePath
        self.stagingTargetPath = stagingTargetPath
    }

    /// Reads the fields of an unpacked message.
    public init(from reader: borrowing MessageReader) throws(ProtobufError) {
        volumeID = try reader.string(1)
        volumePath = try reader.string(2)
        stagingTargetPath = try reader.string(3)
    }

    /// Writes the fields into a message that is about to be packed.
    public func write(to writer: borrowing MessageWriter) {
        writer.string(1, volumeID)
        writer.string(2, volumePath)
        writer.string(3, stagingTargetPath)
    }

    /// Describes `csi.v1.NodeGetVolumeStatsRequest`.
    public static var messageType: MessageType { MessageType(csi_NodeGetVolumeStatsRequest()) }
}

/// Usage and condition of a volume.
public struct NodeGetVolumeStatsResponse: ProtobufMessage {
    /// Optional. One entry per unit.
    public var usage: [VolumeUsage]

    /// Optional; required with the VOLUME_CONDITION capability. Condition of the volume. Alpha.
    public var volumeCondition: VolumeCondition?

    /// Makes a message; what is not given is unset.
    public init(
        usage: [VolumeUsage] = [],
        volumeCondition: VolumeCondition? = nil
    ) {
        self.usage = usage
        self.volumeCondition = volumeCondition
    }

    /// Reads the fields of an unpacked message.
    public init(from reader: borrowing MessageReader) throws(ProtobufError) {
        usage = try reader.messages(1)
        volumeCondition = try reader.message(2)
    }

    /// Writes the fields into a message that is about to be packed.
    public func write(to writer: borrowing MessageWriter) {
        writer.messages(1, usage)
        writer.message(2, volumeCondition)
    }

    /// Describes `csi.v1.NodeGetVolumeStatsResponse`.
    public static var messageType: MessageType { MessageType(csi_NodeGetVolumeStatsResponse()) }
}
