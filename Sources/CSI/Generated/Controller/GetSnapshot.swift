// Generated from proto/csi.proto by scripts/generate; do not edit.

import CCSI
import ProtobufBridge

/// Asks for one snapshot. Alpha.
public struct GetSnapshotRequest: ProtobufMessage {
    /// Required. Id of the snapshot.
    public var snapshotID: String

    /// Optional. Credentials for this call.
    public var secrets: Redacted<[String: String]>

    /// Makes a message; what is not given is unset.
    public init(
        snapshotID: String = "",
        secrets: Redacted<[String: String]> = [:]
    ) {
        self.snapshotID = snapshotID
        self.secrets = secrets
    }

    /// Reads the fields of an unpacked message.
    public init(from reader: borrowing MessageReader) throws(ProtobufError) {
        snapshotID = try reader.string(1)
        secrets = try reader.secrets(2)
    }

    /// Writes the fields into a message that is about to be packed.
    public func write(to writer: borrowing MessageWriter) {
        writer.string(1, snapshotID)
        writer.secrets(2, secrets)
    }

    /// Describes `csi.v1.GetSnapshotRequest`.
    public static var messageType: MessageType { MessageType(csi_GetSnapshotRequest()) }
}

/// One snapshot. Alpha.
public struct GetSnapshotResponse: ProtobufMessage {
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

    /// Describes `csi.v1.GetSnapshotResponse`.
    public static var messageType: MessageType { MessageType(csi_GetSnapshotResponse()) }
}
