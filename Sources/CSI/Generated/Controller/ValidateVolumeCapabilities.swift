// Generated from proto/csi.proto by scripts/generate; do not edit.

import CCSI
import ProtobufBridge

/// Asks whether a volume has certain capabilities.
public struct ValidateVolumeCapabilitiesRequest: ProtobufMessage {
    /// Required. Id of the volume.
    public var volumeID: String

    /// Optional. The context that CreateVolume returned.
    public var volumeContext: [String: String]

    /// Required. Only all of these together can be confirmed.
    public var volumeCapabilities: [VolumeCapability]

    /// Optional. The parameters that CreateVolume was given.
    public var parameters: [String: String]

    /// Optional. Credentials for this call.
    public var secrets: Redacted<[String: String]>

    /// Optional. The mutable parameters that CreateVolume was given.
    public var mutableParameters: [String: String]

    /// Makes a message; what is not given is unset.
    public init(
        volumeID: String = "",
        volumeContext: [String: String] = [:],
        volumeCapabilities: [VolumeCapability] = [],
        parameters: [String: String] = [:],
        secrets: Redacted<[String: String]> = [:],
        mutableParameters: [String: String] = [:]
    ) {
        self.volumeID = volumeID
        self.volumeContext = volumeContext
        self.volumeCapabilities = volumeCapabilities
        self.parameters = parameters
        self.secrets = secrets
        self.mutableParameters = mutableParameters
    }

    /// Reads the fields of an unpacked message.
    public init(from reader: borrowing MessageReader) throws(ProtobufError) {
        volumeID = try reader.string(1)
        volumeContext = try reader.map(2)
        volumeCapabilities = try reader.messages(3)
        parameters = try reader.map(4)
        secrets = try reader.secrets(5)
        mutableParameters = try reader.map(6)
    }

    /// Writes the fields into a message that is about to be packed.
    public func write(to writer: borrowing MessageWriter) {
        writer.string(1, volumeID)
        writer.map(2, volumeContext)
        writer.messages(3, volumeCapabilities)
        writer.map(4, parameters)
        writer.secrets(5, secrets)
        writer.map(6, mutableParameters)
    }

    /// Describes `csi.v1.ValidateVolumeCapabilitiesRequest`.
    public static var messageType: MessageType { MessageType(csi_ValidateVolumeCapabilitiesRequest()) }
}

/// Whether the volume has the capabilities.
public struct ValidateVolumeCapabilitiesResponse: ProtobufMessage {
    /// What was checked and holds, repeated so that an older plugin can't confirm what it does not know.
    public struct Confirmed: ProtobufMessage {
        /// Optional. The context that was checked.
        public var volumeContext: [String: String]

        /// Required. The capabilities that hold.
        public var volumeCapabilities: [VolumeCapability]

        /// Optional. The parameters that were checked.
        public var parameters: [String: String]

        /// Optional. The mutable parameters that were checked.
        public var mutableParameters: [String: String]

        /// Makes a message; what is not given is unset.
        public init(
            volumeContext: [String: String] = [:],
            volumeCapabilities: [VolumeCapability] = [],
            parameters: [String: String] = [:],
            mutableParameters: [String: String] = [:]
        ) {
            self.volumeContext = volumeContext
            self.volumeCapabilities = volumeCapabilities
            self.parameters = parameters
            self.mutableParameters = mutableParameters
        }

        /// Reads the fields of an unpacked message.
        public init(from reader: borrowing MessageReader) throws(ProtobufError) {
            volumeContext = try reader.map(1)
            volumeCapabilities = try reader.messages(2)
            parameters = try reader.map(3)
            mutableParameters = try reader.map(4)
        }

        /// Writes the fields into a message that is about to be packed.
        public func write(to writer: borrowing MessageWriter) {
            writer.map(1, volumeContext)
            writer.messages(2, volumeCapabilities)
            writer.map(3, parameters)
            writer.map(4, mutableParameters)
        }

        /// Describes `csi.v1.ValidateVolumeCapabilitiesResponse.Confirmed`.
        public static var messageType: MessageType { MessageType(csi_ValidateVolumeCapabilitiesResponse_Confirmed()) }
    }

    /// Optional. Present only when everything asked for holds.
    public var confirmed: Confirmed?

    /// Optional. Why `confirmed` is absent; empty means unspecified.
    public var message: String

    /// Makes a message; what is not given is unset.
    public init(
        confirmed: Confirmed? = nil,
        message: String = ""
    ) {
        self.confirmed = confirmed
        self.message = message
    }

    /// Reads the fields of an unpacked message.
    public init(from reader: borrowing MessageReader) throws(ProtobufError) {
        confirmed = try reader.message(1)
        message = try reader.string(2)
    }

    /// Writes the fields into a message that is about to be packed.
    public func write(to writer: borrowing MessageWriter) {
        writer.message(1, confirmed)
        writer.string(2, message)
    }

    /// Describes `csi.v1.ValidateVolumeCapabilitiesResponse`.
    public static var messageType: MessageType { MessageType(csi_ValidateVolumeCapabilitiesResponse()) }
}
