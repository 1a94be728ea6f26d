// Generated from proto/csi.proto by scripts/generate; do not edit.

import CCSI
import ProtobufBridge

/// Asks which optional calls of the Controller service work; has no fields.
public struct ControllerGetCapabilitiesRequest: ProtobufMessage {
    /// Makes the message.
    public init() {}

    /// Reads the fields of an unpacked message.
    public init(from _: borrowing MessageReader) throws(ProtobufError) {}

    /// Writes the fields into a message that is about to be packed.
    public func write(to _: borrowing MessageWriter) {}

    /// Describes `csi.v1.ControllerGetCapabilitiesRequest`.
    public static var messageType: MessageType { MessageType(csi_ControllerGetCapabilitiesRequest()) }
}

/// Which optional calls of the Controller service work.
public struct ControllerGetCapabilitiesResponse: ProtobufMessage {
    /// Optional. Every capability of the service.
    public var capabilities: [ControllerServiceCapability]

    /// Makes a message; what is not given is unset.
    public init(capabilities: [ControllerServiceCapability] = []) {
        self.capabilities = capabilities
    }

    /// Reads the fields of an unpacked message.
    public init(from reader: borrowing MessageReader) throws(ProtobufError) {
        capabilities = try reader.messages(1)
    }

    /// Writes the fields into a message that is about to be packed.
    public func write(to writer: borrowing MessageWriter) {
        writer.messages(1, capabilities)
    }

    /// Describes `csi.v1.ControllerGetCapabilitiesResponse`.
    public static var messageType: MessageType { MessageType(csi_ControllerGetCapabilitiesResponse()) }
}
