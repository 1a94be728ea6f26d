// Generated from proto/csi.proto by scripts/generate; do not edit.

import CCSI
import ProtobufBridge

/// Snapshots of several volumes taken at the same moment.
public struct VolumeGroupSnapshot: ProtobufMessage {
    /// Required. The id that names this group snapshot in all later calls.
    public var groupSnapshotID: String

    /// Required. The snapshots that belong to it.
    public var snapshots: [Snapshot]

    /// Required. When it was taken.
    public var creationTime: Timestamp?

    /// Required. Whether volumes can be made from each of its snapshots now.
    public var readyToUse: Bool

    /// Makes a message; what is not given is unset.
    public init(
        groupSnapshotID: String = "",
        snapshots: [Snapshot] = [],
        creationTime: Timestamp? = nil,
        readyToUse: Bool = false
    ) {
        self.groupSnapshotID = groupSnapshotID
        self.snapshots = snapshots
        self.creationTime = creationTime
        self.readyToUse = readyToUse
    }

    /// Reads the fields of an unpacked message.
    public init(from reader: borrowing MessageReader) throws(ProtobufError) {
        groupSnapshotID = try reader.string(1)
        snapshots = try reader.messages(2)
        creationTime = reader.timestamp(3)
        readyToUse = reader.bool(4)
    }

    /// Writes the fields into a message that is about to be packed.
    public func write(to writer: borrowing MessageWriter) {
        writer.string(1, groupSnapshotID)
        writer.messages(2, snapshots)
        writer.timestamp(3, creationTime)
        writer.bool(4, readyToUse)
    }

    /// Describes `csi.v1.VolumeGroupSnapshot`.
    public static var messageType: MessageType { MessageType(csi_VolumeGroupSnapshot()) }
}
