// Generated from proto/csi.proto by scripts/generate; do not edit.

import CCSI
import ProtobufBridge

/// Asks for one group snapshot.
public struct GetVolumeGroupSnapshotRequest: ProtobufMessage {
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

    /// Describes `csi.v1.GetVolumeGroupSnapshotRequest`.
    public static var messageType: MessageType { MessageType(csi_GetVolumeGroupSnapshotRequest()) }
}

/// One group snapshot.
public struct GetVolumeGroupSnapshotResponse: ProtobufMessage {
    /// Required. The group snapshot.
    public var groupSnapshot: VolumeGroupSnapshot?

    /// Makes a message; what is not given is unset.
    public init(groupSnapshot: VolumeGroupSnapshot? = nil) {
        self.groupSnapshot = groupSnapshot
    }

    /// Reads the fields of an unpacked message.
    public init(from reader: borrowing MessageReader) throws(ProtobufError) {
        groupSnapshot = try reader.message(1)
    }

    /// Writes the fields into a message that is about to be packed.
    public func write(to writer: borrowing MessageWriter) {
        writer.message(1, groupSnapshot)
    }

    /// Describes `csi.v1.GetVolumeGroupSnapshotResponse`.
    public static var messageType: MessageType { MessageType(csi_GetVolumeGroupSnapshotResponse()) }
}
