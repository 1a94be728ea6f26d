// Generated from proto/csi.proto by scripts/generate; do not edit.

import CCSI
import ProtobufBridge

/// A snapshot as the orchestrator knows it.
public struct Snapshot: ProtobufMessage {
    /// Optional. Smallest size of a volume made from it, in bytes; 0 means unknown, negative is invalid.
    public var sizeBytes: Int64

    /// Required. The id that names this snapshot in all later calls.
    public var snapshotID: String

    /// Required. Id of the volume that it was taken of.
    public var sourceVolumeID: String

    /// Required. When it was taken.
    public var creationTime: Timestamp?

    /// Required. Whether volumes can be made from it now.
    public var readyToUse: Bool

    /// Optional. Id of the group snapshot that it belongs to; then it can't be deleted alone.
    public var groupSnapshotID: String

    /// Makes a message; what is not given is unset.
    public init(
        sizeBytes: Int64 = 0,
        snapshotID: String = "",
        sourceVolumeID: String = "",
        creationTime: Timestamp? = nil,
        readyToUse: Bool = false,
        groupSnapshotID: String = ""
    ) {
        self.sizeBytes = sizeBytes
        self.snapshotID = snapshotID
        self.sourceVolumeID = sourceVolumeID
        self.creationTime = creationTime
        self.readyToUse = readyToUse
        self.groupSnapshotID = groupSnapshotID
    }

    /// Reads the fields of an unpacked message.
    public init(from reader: borrowing MessageReader) throws(ProtobufError) {
        sizeBytes = reader.int64(1)
        snapshotID = try reader.string(2)
        sourceVolumeID = try reader.string(3)
        creationTime = reader.timestamp(4)
        readyToUse = reader.bool(5)
        groupSnapshotID = try reader.string(6)
    }

    /// Writes the fields into a message that is about to be packed.
    public func write(to writer: borrowing MessageWriter) {
        writer.int64(1, sizeBytes)
        writer.string(2, snapshotID)
        writer.string(3, sourceVolumeID)
        writer.timestamp(4, creationTime)
        writer.bool(5, readyToUse)
        writer.string(6, groupSnapshotID)
    }

    /// Describes `csi.v1.Snapshot`.
    public static var messageType: MessageType { MessageType(csi_Snapshot()) }
}
