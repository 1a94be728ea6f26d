// Generated from proto/csi.proto by scripts/generate; do not edit.

import CCSI
import ProtobufBridge

/// Asks to delete a group snapshot.
public struct DeleteVolumeGroupSnapshotRequest: ProtobufMessage {
    /// Required. Id of the group snapshot.
    public var groupSnapshotID: String

    /// Required. Ids of its snapshots; a mismatch that the plugin can see is an error.
    public var snapshotIDs: [String]

    /// Optional. Credentials for this call, the same for all calls on one group snapshot.
    public var secrets: Redacted<[String: String]>

    /// Makes a message; what is not given is unset.
    public init(
        groupSnapshotID: String = "",
        snapshotIDs: [String] = [],
        secrets: Redacted<[String: String]> = [:]
    ) {
        self.groupSnapshotID = groupSnapshotID
        self.snapshotIDs = snapshotIDs
        self.secrets = secrets
    }

    /// Reads the fields of an unpacked message.
    public init(from reader: borrowing MessageReader) throws(ProtobufError) {
        groupSnapshotID = try reader.string(1)
        snapshotIDs = try reader.strings(2)
        secrets = try reader.secrets(3)
    }

    /// Writes the fields into a message that is about to be packed.
    public func write(to writer: borrowing MessageWriter) {
        writer.string(1, groupSnapshotID)
        writer.strings(2, snapshotIDs)
        writer.secrets(3, secrets)
    }

    /// Describes `csi.v1.DeleteVolumeGroupSnapshotRequest`.
    public static var messageType: MessageType { MessageType(csi_DeleteVolumeGroupSnapshotRequest()) }
}

/// The group snapshot is gone; has no fields.
public struct DeleteVolumeGroupSnapshotResponse: ProtobufMessage {
    /// Makes the message.
    public init() {}

    /// Reads the fields of an unpacked message.
    public init(from _: borrowing MessageReader) throws(ProtobufError) {}

    /// Writes the fields into a message that is about to be packed.
    public func write(to _: borrowing MessageWriter) {}

    /// Describes `csi.v1.DeleteVolumeGroupSnapshotResponse`.
    public static var messageType: MessageType { MessageType(csi_DeleteVolumeGroupSnapshotResponse()) }
}
