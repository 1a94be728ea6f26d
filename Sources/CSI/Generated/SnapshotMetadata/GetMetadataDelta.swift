// Generated from proto/csi.proto by scripts/generate; do not edit.

import CCSI
import ProtobufBridge

/// Asks for the ranges in which two snapshots of one volume differ.
public struct GetMetadataDeltaRequest: ProtobufMessage {
    /// Required. Id of the older snapshot.
    public var baseSnapshotID: String

    /// Required. Id of the newer snapshot.
    public var targetSnapshotID: String

    /// Required. Byte at which to start, to resume a call that broke off; no range ends before it.
    public var startingOffset: Int64

    /// Optional. At most so many ranges per message; 0 leaves it to the plugin.
    public var maxResults: Int32

    /// Optional. Credentials for this call.
    public var secrets: Redacted<[String: String]>

    /// Makes a message; what is not given is unset.
    public init(
        baseSnapshotID: String = "",
        targetSnapshotID: String = "",
        startingOffset: Int64 = 0,
        maxResults: Int32 = 0,
        secrets: Redacted<[String: String]> = [:]
    ) {
        self.baseSnapshotID = baseSnapshotID
        self.targetSnapshotID = targetSnapshotID
        self.startingOffset = startingOffset
        self.maxResults = maxResults
        self.secrets = secrets
    }

    /// Reads the fields of an unpacked message.
    public init(from reader: borrowing MessageReader) throws(ProtobufError) {
        baseSnapshotID = try reader.string(1)
        targetSnapshotID = try reader.string(2)
        startingOffset = reader.int64(3)
        maxResults = reader.int32(4)
        secrets = try reader.secrets(5)
    }

    /// Writes the fields into a message that is about to be packed.
    public func write(to writer: borrowing MessageWriter) {
        writer.string(1, baseSnapshotID)
        writer.string(2, targetSnapshotID)
        writer.int64(3, startingOffset)
        writer.int32(4, maxResults)
        writer.secrets(5, secrets)
    }

    /// Describes `csi.v1.GetMetadataDeltaRequest`.
    public static var messageType: MessageType { MessageType(csi_GetMetadataDeltaRequest()) }
}

/// Part of the list of ranges that differ.
public struct GetMetadataDeltaResponse: ProtobufMessage {
    /// Required. How ranges are cut; the same in every message of the stream.
    public var blockMetadataType: BlockMetadataType

    /// Required. Capacity of the volume in bytes; the same in every message of the stream.
    public var volumeCapacityBytes: Int64

    /// Optional. Ranges in ascending order without overlap, also across messages.
    public var blockMetadata: [BlockMetadata]

    /// Makes a message; what is not given is unset.
    public init(
        blockMetadataType: BlockMetadataType = .unknown,
        volumeCapacityBytes: Int64 = 0,
        blockMetadata: [BlockMetadata] = []
    ) {
        self.blockMetadataType = blockMetadataType
        self.volumeCapacityBytes = volumeCapacityBytes
        self.blockMetadata = blockMetadata
    }

    /// Reads the fields of an unpacked message.
    public init(from reader: borrowing MessageReader) throws(ProtobufError) {
        blockMetadataType = reader.enumeration(1)
        volumeCapacityBytes = reader.int64(2)
        blockMetadata = try reader.messages(3)
    }

    /// Writes the fields into a message that is about to be packed.
    public func write(to writer: borrowing MessageWriter) {
        writer.enumeration(1, blockMetadataType)
        writer.int64(2, volumeCapacityBytes)
        writer.messages(3, blockMetadata)
    }

    /// Describes `csi.v1.GetMetadataDeltaResponse`.
    public static var messageType: MessageType { MessageType(csi_GetMetadataDeltaResponse()) }
}
