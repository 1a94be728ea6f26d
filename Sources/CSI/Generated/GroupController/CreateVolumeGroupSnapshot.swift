// Generated from proto/csi.proto by scripts/generate; do not edit.

import CCSI
import ProtobufBridge

/// Asks for a snapshot of several volumes at one moment.
public struct CreateVolumeGroupSnapshotRequest: ProtobufMessage {
    /// Required. The key of idempotency: one name, one group snapshot. Any Unicode without control characters other
    /// than tab, line feed and carriage return.
    public var name: String

    /// Required. Ids of the volumes.
    public var sourceVolumeIDs: [String]

    /// Optional. Credentials for this call, the same for all calls on one group snapshot.
    public var secrets: Redacted<[String: String]>

    /// Optional. Parameters of the group snapshot class; the plugin checks them.
    public var parameters: [String: String]

    /// Makes a message; what is not given is unset.
    public init(
        name: String = "",
        sourceVolumeIDs: [String] = [],
        secrets: Redacted<[String: String]> = [:],
        parameters: [String: String] = [:]
    ) {
        self.name = name
        self.sourceVolumeIDs = sourceVolumeIDs
        self.secrets = secrets
        self.parameters = parameters
    }

    /// Reads the fields of an unpacked message.
    public init(from reader: borrowing MessageReader) throws(ProtobufError) {
        name = try reader.string(1)
        sourceVolumeIDs = try reader.strings(2)
        secrets = try reader.secrets(3)
        parameters = try reader.map(4)
    }

    /// Writes the fields into a message that is about to be packed.
    public func write(to writer: borrowing MessageWriter) {
        writer.string(1, name)
        writer.strings(2, sourceVolumeIDs)
        writer.secrets(3, secrets)
        writer.map(4, parameters)
    }

    /// Describes `csi.v1.CreateVolumeGroupSnapshotRequest`.
    public static var messageType: MessageType { MessageType(csi_CreateVolumeGroupSnapshotRequest()) }
}

/// The group snapshot that CreateVolumeGroupSnapshot took or found.
public struct CreateVolumeGroupSnapshotResponse: ProtobufMessage {
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

    /// Describes `csi.v1.CreateVolumeGroupSnapshotResponse`.
    public static var messageType: MessageType { MessageType(csi_CreateVolumeGroupSnapshotResponse()) }
}
