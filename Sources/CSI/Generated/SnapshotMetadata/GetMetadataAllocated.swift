// Generated from proto/csi.proto by scripts/generate; do not edit.

import CCSI
import ProtobufBridge

/// Asks for the ranges of a snapshot that hold data.
public struct GetMetadataAllocatedRequest: ProtobufMessage {
    /// Required. Id of the snapshot.
    public var snapshotID: String

    /// Required. Byte at which to start, to resume a call that broke off; no range ends before it.
    public var startingOffset: Int64

    /// Optional. At most so many ranges per message; 0 leaves it to the plugin.
    public var maxResults: Int32

    /// Optional. Credentials for this call.
    public var secrets: Redacted<[String: String]>

    /// Makes a message; what is not given is unset.
    public init(
        snapshotID: String = "",
        startingOffset: Int64 = 0,
        maxResults: Int32 = 0,
        secrets: Redacted<[String: String]> = [:]
    ) {
        self.snapshotID = snapshotID
        self.startingOffset = startingOffset
        self.maxResults = maxResults
        self.secrets = secrets
    }

    /// Reads the fields of an unpacked message.
    public init(from reader: borrowing MessageReader) throws(ProtobufError) {
        snapshotID = try reader.string(1)
        startingOffset = reader.int64(2)
        maxResults = reader.int32(3)
        secrets = try reader.secrets(4)
    }

    /// Writes the fields into a message that is about to be packed.
    public func write(to writer: borrowing MessageWriter) {
        writer.string(1, snapshotID)
        writer.int64(2, startingOffset)
        writer.int32(3, maxResults)
        writer.secrets(4, secrets)
    }

    /// Describes `csi.v1.GetMetadataAllocatedRequest`.
    public static var messageType: MessageType { MessageType(csi_GetMetadataAllocatedRequest()) }
}

/// Part of the list of ranges that hold data.
public struct GetMetadataAllocatedResponse: ProtobufMessage {
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

    /// Describes `csi.v1.GetMetadataAllocatedResponse`.
    public static var messageType: MessageType { MessageType(csi_GetMetadataAllocatedResponse()) }
}
