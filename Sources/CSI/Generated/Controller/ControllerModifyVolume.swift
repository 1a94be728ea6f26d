// Generated from proto/csi.proto by scripts/generate; do not edit.

import CCSI
import ProtobufBridge

/// Asks to change mutable parameters of a volume.
public struct ControllerModifyVolumeRequest: ProtobufMessage {
    /// Required. Id of the volume.
    public var volumeID: String

    /// Optional. Credentials for this call.
    public var secrets: Redacted<[String: String]>

    /// Required. The new values; what is not named stays as it is.
    public var mutableParameters: [String: String]

    /// Makes a message; what is not given is unset.
    public init(
        volumeID: String = "",
        secrets: Redacted<[String: String]> = [:],
        mutableParameters: [String: String] = [:]
    ) {
        self.volumeID = volumeID
        self.secrets = secrets
        self.mutableParameters = mutableParameters
    }

    /// Reads the fields of an unpacked message.
    public init(from reader: borrowing MessageReader) throws(ProtobufError) {
        volumeID = try reader.string(1)
        secrets = try reader.secrets(2)
        mutableParameters = try reader.map(3)
    }

    /// Writes the fields into a message that is about to be packed.
    public func write(to writer: borrowing MessageWriter) {
        writer.string(1, volumeID)
        writer.secrets(2, secrets)
        writer.map(3, mutableParameters)
    }

    /// Describes `csi.v1.ControllerModifyVolumeRequest`.
    public static var messageType: MessageType { MessageType(csi_ControllerModifyVolumeRequest()) }
}

/// The parameters are changed; has no fields.
public struct ControllerModifyVolumeResponse: ProtobufMessage {
    /// Makes the message.
    public init() {}

    /// Reads the fields of an unpacked message.
    public init(from _: borrowing MessageReader) throws(ProtobufError) {}

    /// Writes the fields into a message that is about to be packed.
    public func write(to _: borrowing MessageWriter) {}

    /// Describes `csi.v1.ControllerModifyVolumeResponse`.
    public static var messageType: MessageType { MessageType(csi_ControllerModifyVolumeResponse()) }
}
