// Generated from proto/csi.proto by scripts/generate; do not edit.

import CCSI
import ProtobufBridge

/// A volume as the orchestrator knows it.
public struct Volume: ProtobufMessage {
    /// Optional. Capacity in bytes; 0 means unknown, negative is invalid.
    public var capacityBytes: Int64

    /// Required. The id that names this volume in all later calls.
    public var volumeID: String

    /// Optional. Fixed properties that come back with later calls. The orchestrator stores them: no secrets here.
    public var volumeContext: [String: String]

    /// Optional. What the volume is a copy of.
    public var contentSource: VolumeContentSource?

    /// Optional. Where the volume is reachable; absent means everywhere.
    public var accessibleTopology: [Topology]

    /// Makes a message; what is not given is unset.
    public init(
        capacityBytes: Int64 = 0,
        volumeID: String = "",
        volumeContext: [String: String] = [:],
        contentSource: VolumeContentSource? = nil,
        accessibleTopology: [Topology] = []
    ) {
        self.capacityBytes = capacityBytes
        self.volumeID = volumeID
        self.volumeContext = volumeContext
        self.contentSource = contentSource
        self.accessibleTopology = accessibleTopology
    }

    /// Reads the fields of an unpacked message.
    public init(from reader: borrowing MessageReader) throws(ProtobufError) {
        capacityBytes = reader.int64(1)
        volumeID = try reader.string(2)
        volumeContext = try reader.map(3)
        contentSource = try reader.message(4)
        accessibleTopology = try reader.messages(5)
    }

    /// Writes the fields into a message that is about to be packed.
    public func write(to writer: borrowing MessageWriter) {
        writer.int64(1, capacityBytes)
        writer.string(2, volumeID)
        writer.map(3, volumeContext)
        writer.message(4, contentSource)
        writer.messages(5, accessibleTopology)
    }

    /// Describes `csi.v1.Volume`.
    public static var messageType: MessageType { MessageType(csi_Volume()) }
}
