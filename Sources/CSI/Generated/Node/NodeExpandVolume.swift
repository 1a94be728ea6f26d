// Generated from proto/csi.proto by scripts/generate; do not edit.

import CCSI
import ProtobufBridge

/// Asks to finish the expansion of a volume on this node.
public struct NodeExpandVolumeRequest: ProtobufMessage {
    /// Required. Id of the volume.
    public var volumeID: String

    /// Required. Absolute path where the volume is published or staged; may be longer than 128 bytes.
    public var volumePath: String

    /// Optional. Bounds of the new capacity; absent means as large as the volume now is.
    public var capacityRange: CapacityRange?

    /// Optional. Absolute path where the volume is staged; may be longer than 128 bytes.
    public var stagingTargetPath: String

    /// Optional. How the volume is used.
    public var volumeCapability: VolumeCapability?

    /// Optional. Credentials for this call. Alpha.
    public var secrets: Redacted<[String: String]>

    /// Makes a message; what is not given is unset.
    public init(
        volumeID: String = "",
        volumePath: String = "",
        capacityRange: CapacityRange? = nil,
        stagingTargetPath: String = "",
        volumeCapability: VolumeCapability? = nil,
        secrets: Redacted<[String: String]> = [:]
    ) {
        self.volumeID = volumeID
        self.volumePath = volumePath
        self.capacityRange = capacityRange
        self.stagingTargetPath = stagingTargetPath
        self.volumeCapability = volumeCapability
        self.secrets = secrets
    }

    /// Reads the fields of an unpacked message.
    public init(from reader: borrowing MessageReader) throws(ProtobufError) {
        volumeID = try reader.string(1)
        volumePath = try reader.string(2)
        capacityRange = try reader.message(3)
        stagingTargetPath = try reader.string(4)
        volumeCapability = try reader.message(5)
        secrets = try reader.secrets(6)
    }

    /// Writes the fields into a message that is about to be packed.
    public func write(to writer: borrowing MessageWriter) {
        writer.string(1, volumeID)
        writer.string(2, volumePath)
        writer.message(3, capacityRange)
        writer.string(4, stagingTargetPath)
        writer.message(5, volumeCapability)
        writer.secrets(6, secrets)
    }

    /// Describes `csi.v1.NodeExpandVolumeRequest`.
    public static var messageType: MessageType { MessageType(csi_NodeExpandVolumeRequest()) }
}

/// The node sees the new capacity.
public struct NodeExpandVolumeResponse: ProtobufMessage {
    /// Optional. Capacity in bytes now.
    public var capacityBytes: Int64

    /// Makes a message; what is not given is unset.
    public init(capacityBytes: Int64 = 0) {
        self.capacityBytes = capacityBytes
    }

    /// Reads the fields of an unpacked message.
    public init(from reader: borrowing MessageReader) throws(ProtobufError) {
        capacityBytes = reader.int64(1)
    }

    /// Writes the fields into a message that is about to be packed.
    public func write(to writer: borrowing MessageWriter) {
        writer.int64(1, capacityBytes)
    }

    /// Describes `csi.v1.NodeExpandVolumeResponse`.
    public static var messageType: MessageType { MessageType(csi_NodeExpandVolumeResponse()) }
}
