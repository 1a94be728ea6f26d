// Generated from proto/csi.proto by scripts/generate; do not edit.

import CCSI
import ProtobufBridge

/// Asks for a volume.
public struct CreateVolumeRequest: ProtobufMessage {
    /// Required. The key of idempotency: one name, one volume. Any Unicode without control characters other than tab,
    /// line feed and carriage return.
    public var name: String

    /// Optional. Bounds of the capacity; to be honoured for copies of other volumes too.
    public var capacityRange: CapacityRange?

    /// Required. The volume must be usable with each of these.
    public var volumeCapabilities: [VolumeCapability]

    /// Optional. Parameters of the storage class; the plugin checks them.
    public var parameters: [String: String]

    /// Optional. Credentials for this call.
    public var secrets: Redacted<[String: String]>

    /// Optional. The snapshot or volume to copy.
    public var volumeContentSource: VolumeContentSource?

    /// Optional. Where the volume has to be reachable; sent only to plugins with accessibility constraints.
    public var accessibilityRequirements: TopologyRequirement?

    /// Optional. Parameters that ControllerModifyVolume may change later; they win over `parameters`.
    public var mutableParameters: [String: String]

    /// Makes a message; what is not given is unset.
    public init(
        name: String = "",
        capacityRange: CapacityRange? = nil,
        volumeCapabilities: [VolumeCapability] = [],
        parameters: [String: String] = [:],
        secrets: Redacted<[String: String]> = [:],
        volumeContentSource: VolumeContentSource? = nil,
        accessibilityRequirements: TopologyRequirement? = nil,
        mutableParameters: [String: String] = [:]
    ) {
        self.name = name
        self.capacityRange = capacityRange
        self.volumeCapabilities = volumeCapabilities
        self.parameters = parameters
        self.secrets = secrets
        self.volumeContentSource = volumeContentSource
        self.accessibilityRequirements = accessibilityRequirements
        self.mutableParameters = mutableParameters
    }

    /// Reads the fields of an unpacked message.
    public init(from reader: borrowing MessageReader) throws(ProtobufError) {
        name = try reader.string(1)
        capacityRange = try reader.message(2)
        volumeCapabilities = try reader.messages(3)
        parameters = try reader.map(4)
        secrets = try reader.secrets(5)
        volumeContentSource = try reader.message(6)
        accessibilityRequirements = try reader.message(7)
        mutableParameters = try reader.map(8)
    }

    /// Writes the fields into a message that is about to be packed.
    public func write(to writer: borrowing MessageWriter) {
        writer.string(1, name)
        writer.message(2, capacityRange)
        writer.messages(3, volumeCapabilities)
        writer.map(4, parameters)
        writer.secrets(5, secrets)
        writer.message(6, volumeContentSource)
        writer.message(7, accessibilityRequirements)
        writer.map(8, mutableParameters)
    }

    /// Describes `csi.v1.CreateVolumeRequest`.
    public static var messageType: MessageType { MessageType(csi_CreateVolumeRequest()) }
}

/// The volume that CreateVolume made or found.
public struct CreateVolumeResponse: ProtobufMessage {
    /// Required. The volume.
    public var volume: Volume?

    /// Makes a message; what is not given is unset.
    public init(volume: Volume? = nil) {
        self.volume = volume
    }

    /// Reads the fields of an unpacked message.
    public init(from reader: borrowing MessageReader) throws(ProtobufError) {
        volume = try reader.message(1)
    }

    /// Writes the fields into a message that is about to be packed.
    public func write(to writer: borrowing MessageWriter) {
        writer.message(1, volume)
    }

    /// Describes `csi.v1.CreateVolumeResponse`.
    public static var messageType: MessageType { MessageType(csi_CreateVolumeResponse()) }
}
