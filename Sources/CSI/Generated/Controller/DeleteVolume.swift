// Generated from proto/csi.proto by scripts/generate; do not edit.

import CCSI
import ProtobufBridge

/// Asks to delete a volume.
public struct DeleteVolumeRequest: ProtobufMessage {
    /// Required. Id of the volume.
    public var volumeID: String

    /// Optional. Credentials for this call.
    public var secrets: Redacted<[String: String]>

    /// Makes a message; what is not given is unset.
    public init(
        volumeID: String = "",
        secrets: Redacted<[String: String]> = [:]
    ) {
        self.volumeID = volumeID
        self.secrets = secrets
    }

    /// Reads the fields of an unpacked message.
    public init(from reader: borrowing MessageReader) throws(ProtobufError) {
        volumeID = try reader.string(1)
        secrets = try reader.secrets(2)
    }

    /// Writes the fields into a message that is about to be packed.
    public func write(to writer: borrowing MessageWriter) {
        writer.string(1, volumeID)
        writer.secrets(2, secrets)
    }

    /// Describes `csi.v1.DeleteVolumeRequest`.
    public static var messageType: MessageType { MessageType(csi_DeleteVolumeRequest()) }
}

/// The volume is gone; has no fields.
public struct DeleteVolumeResponse: ProtobufMessage {
    /// Makes the message.
    public init() {}

    /// Reads the fields of an unpacked message.
    public init(from _: borrowing MessageReader) throws(ProtobufError) {}

    /// Writes the fields into a message that is about to be packed.
    public func write(to _: borrowing MessageWriter) {}

    /// Describes `csi.v1.DeleteVolumeResponse`.
    public static var messageType: MessageType { MessageType(csi_DeleteVolumeResponse()) }
}
