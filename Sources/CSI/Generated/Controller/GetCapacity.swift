// Generated from proto/csi.proto by scripts/generate; do not edit.

import CCSI
import ProtobufBridge

/// Asks how much room there is for new volumes.
public struct GetCapacityRequest: ProtobufMessage {
    /// Optional. Count only room for volumes with all of these capabilities.
    public var volumeCapabilities: [VolumeCapability]

    /// Optional. Count only room for volumes with these parameters.
    public var parameters: [String: String]

    /// Optional. Count only room reachable from here; sent only to plugins with accessibility constraints.
    public var accessibleTopology: Topology?

    /// Makes a message; what is not given is unset.
    public init(
        volumeCapabilities: [VolumeCapability] = [],
        parameters: [String: String] = [:],
        accessibleTopology: Topology? = nil
    ) {
        self.volumeCapabilities = volumeCapabilities
        self.parameters = parameters
        self.accessibleTopology = accessibleTopology
    }

    /// Reads the fields of an unpacked message.
    public init(from reader: borrowing MessageReader) throws(ProtobufError) {
        volumeCapabilities = try reader.messages(1)
        parameters = try reader.map(2)
        accessibleTopology = try reader.message(3)
    }

    /// Writes the fields into a message that is about to be packed.
    public func write(to writer: borrowing MessageWriter) {
        writer.messages(1, volumeCapabilities)
        writer.map(2, parameters)
        writer.message(3, accessibleTopology)
    }

    /// Describes `csi.v1.GetCapacityRequest`.
    public static var messageType: MessageType { MessageType(csi_GetCapacityRequest()) }
}

/// Room for new volumes.
public struct GetCapacityResponse: ProtobufMessage {
    /// Required. Bytes left; negative is invalid.
    public var availableCapacity: Int64

    /// Optional. Largest `required_bytes` that CreateVolume accepts.
    public var maximumVolumeSize: Int64?

    /// Optional. Smallest `limit_bytes` that CreateVolume accepts. Alpha.
    public var minimumVolumeSize: Int64?

    /// Makes a message; what is not given is unset.
    public init(
        availableCapacity: Int64 = 0,
        maximumVolumeSize: Int64? = nil,
        minimumVolumeSize: Int64? = nil
    ) {
        self.availableCapacity = availableCapacity
        self.maximumVolumeSize = maximumVolumeSize
        self.minimumVolumeSize = minimumVolumeSize
    }

    /// Reads the fields of an unpacked message.
    public init(from reader: borrowing MessageReader) throws(ProtobufError) {
        availableCapacity = reader.int64(1)
        maximumVolumeSize = reader.optionalInt64(2)
        minimumVolumeSize = reader.optionalInt64(3)
    }

    /// Writes the fields into a message that is about to be packed.
    public func write(to writer: borrowing MessageWriter) {
        writer.int64(1, availableCapacity)
        writer.optionalInt64(2, maximumVolumeSize)
        writer.optionalInt64(3, minimumVolumeSize)
    }

    /// Describes `csi.v1.GetCapacityResponse`.
    public static var messageType: MessageType { MessageType(csi_GetCapacityResponse()) }
}
