// Generated from proto/csi.proto by scripts/generate; do not edit.

import CCSI
import ProtobufBridge

/// Asks to grow a volume.
public struct ControllerExpandVolumeRequest: ProtobufMessage {
    /// Required. Id of the volume.
    public var volumeID: String

    /// Required. Bounds of the new capacity.
    public var capacityRange: CapacityRange?

    /// Optional. Credentials for this call.
    public var secrets: Redacted<[String: String]>

    /// Optional. How the volume is used.
    public var volumeCapability: VolumeCapability?

    /// Makes a message; what is not given is unset.
    public init(
        volumeID: String = "",
        capacityRange: CapacityRange? = nil,
        secrets: Redacted<[String: String]> = [:],
        volumeCapability: VolumeCapability? = nil
    ) {
        self.volumeID = volumeID
        self.capacityRange = capacityRange
        self.secrets = secrets
        self.volumeCapability = volumeCapability
    }

    /// Reads the fields of an unpacked message.
    public init(from reader: borrowing MessageReader) throws(ProtobufError) {
        volumeID = try reader.string(1)
        capacityRange = try reader.message(2)
        secrets = try reader.secrets(3)
        volumeCapability = try reader.message(4)
    }

    /// Writes the fields into a message that is about to be packed.
    public func write(to writer: borrowing MessageWriter) {
        writer.string(1, volumeID)
        writer.message(2, capacityRange)
        writer.secrets(3, secrets)
        writer.message(4, volumeCapability)
    }

    /// Describes `csi.v1.ControllerExpandVolumeRequest`.
    public static var messageType: MessageType { MessageType(csi_ControllerExpandVolumeRequest()) }
}

/// The volume is large enough for the request.
public struct ControllerExpandVolumeResponse: ProtobufMessage {
    /// Required. Capacity in bytes now.
    public var capacityBytes: Int64

    /// Required. Whether NodeExpandVolume has to follow.
    public var nodeExpansionRequired: Bool

    /// Makes a message; what is not given is unset.
    public init(
        capacityBytes: Int64 = 0,
        nodeExpansionRequired: Bool = false
    ) {
        self.capacityBytes = capacityBytes
        self.nodeExpansionRequired = nodeExpansionRequired
    }

    /// Reads the fields of an unpacked message.
    public init(from reader: borrowing MessageReader) throws(ProtobufError) {
        capacityBytes = reader.int64(1)
        nodeExpansionRequired = reader.bool(2)
    }

    /// Writes the fields into a message that is about to be packed.
    public func write(to writer: borrowing MessageWriter) {
        writer.int64(1, capacityBytes)
        writer.bool(2, nodeExpansionRequired)
    }

    /// Describes `csi.v1.ControllerExpandVolumeResponse`.
    public static var messageType: MessageType { MessageType(csi_ControllerExpandVolumeResponse()) }
}
