// Generated from proto/csi.proto by scripts/generate; do not edit.

import CCSI
import ProtobufBridge

/// Asks for a snapshot.
public struct CreateSnapshotRequest: ProtobufMessage {
    /// Required. Id of the volume.
    public var sourceVolumeID: String

    /// Required. The key of idempotency: one name, one snapshot. Any Unicode without control characters other than tab,
    /// line feed and carriage return.
    public var name: String

    /// Optional. Credentials for this call.
    public var secrets: Redacted<[String: String]>

    /// Optional. Parameters of the snapshot class; the plugin checks them.
    public var parameters: [String: String]

    /// Makes a message; what is not given is unset.
    public init(
        sourceVolumeID: String = "",
        name: String = "",
        secrets: Redacted<[String: String]> = [:],
        parameters: [String: String] = [:]
    ) {
        self.sourceVolumeID = sourceVolumeID
        self.name = name
        self.secrets = secrets
        self.parameters = parameters
    }

    /// Reads the fields of an unpacked message.
    public init(from reader: borrowing MessageReader) throws(ProtobufError) {
        sourceVolumeID = try reader.string(1)
        name = try reader.string(2)
        secrets = try reader.secrets(3)
        parameters = try reader.map(4)
    }

    /// Writes the fields into a message that is about to be packed.
    public func write(to writer: borrowing MessageWriter) {
        writer.string(1, sourceVolumeID)
        writer.string(2, name)
        writer.secrets(3, secrets)
        writer.map(4, parameters)
    }

    /// Describes `csi.v1.CreateSnapshotRequest`.
    public static var messageType: MessageType { MessageType(csi_CreateSnapshotRequest()) }
}

/// The snapshot that CreateSnapshot took or found.
public struct CreateSnapshotResponse: ProtobufMessage {
    /// Required. The snapshot.
    public var snapshot: Snapshot?

    /// Makes a message; what is not given is unset.
    public init(snapshot: Snapshot? = nil) {
        self.snapshot = snapshot
    }

    /// Reads the fields of an unpacked message.
    public init(from reader: borrowing MessageReader) throws(ProtobufError) {
        snapshot = try reader.message(1)
    }

    /// Writes the fields into a message that is about to be packed.
    public func write(to writer: borrowing MessageWriter) {
        writer.message(1, snapshot)
    }

    /// Describes `csi.v1.CreateSnapshotResponse`.
    public static var messageType: MessageType { MessageType(csi_CreateSnapshotResponse()) }
}
