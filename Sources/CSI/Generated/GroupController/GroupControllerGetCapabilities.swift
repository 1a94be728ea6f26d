// Generated from proto/csi.proto by scripts/generate; do not edit.

import CCSI
import ProtobufBridge

/// Asks which optional calls of the GroupController service work; has no fields.
public struct GroupControllerGetCapabilitiesRequest: ProtobufMessage {
    /// Makes the message.
    public init() {}

    /// Reads the fields of an unpacked message.
    public init(from _: borrowing MessageReader) throws(ProtobufError) {}

    /// Writes the fields into a message that is about to be packed.
    public func write(to _: borrowing MessageWriter) {}

    /// Describes `csi.v1.GroupControllerGetCapabilitiesRequest`.
    public static var messageType: MessageType { MessageType(csi_GroupControllerGetCapabilitiesRequest()) }
}

/// Which optional calls of the GroupController service work.
public struct GroupControllerGetCapabilitiesResponse: ProtobufMessage {
    /// Optional. Every capability of the service.
    public var capabilities: [GroupControllerServiceCapability]

    /// Makes a message; what is not given is unset.
    public init(capabilities: [GroupControllerServiceCapability] = []) {
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

    /// Describes `csi.v1.GroupControllerGetCapabilitiesResponse`.
    public static var messageType: MessageType { MessageType(csi_GroupControllerGetCapabilitiesResponse()) }
}
