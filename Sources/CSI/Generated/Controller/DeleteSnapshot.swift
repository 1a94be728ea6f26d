// Generated from proto/csi.proto by scripts/generate; do not edit.

import CCSI
import ProtobufBridge

/// Asks to delete a snapshot.
public struct DeleteSnapshotRequest: ProtobufMessage {
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

    /// Describes `csi.v1.DeleteSnapshotRequest`.
    public static var messageType: MessageType { MessageType(csi_DeleteSnapshotRequest()) }
}

/// The snapshot is gone; has no fields.
public struct DeleteSnapshotResponse: ProtobufMessage {
    /// Makes the message.
    public init() {}

    /// Reads the fields of an unpacked message.
    public init(from _: borrowing MessageReader) throws(ProtobufError) {}

    /// Writes the fields into a message that is about to be packed.
    public func write(to _: borrowing MessageWriter) {}

    /// Describes `csi.v1.DeleteSnapshotResponse`.
    public static var messageType: MessageType { MessageType(csi_DeleteSnapshotResponse()) }
}
