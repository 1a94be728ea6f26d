// Generated from proto/csi.proto by scripts/generate; do not edit.

import CCSI
import ProtobufBridge

/// Asks which optional calls of the Node service work; has no fields.
public struct NodeGetCapabilitiesRequest: ProtobufMessage {
    /// Makes the message.
    public init() {}

    /// Reads the fields of an unpacked message.
    public init(from _: borrowing MessageReader) throws(ProtobufError) {}

    /// Writes the fields into a message that is about to be packed.
    public func write(to _: borrowing MessageWriter) {}

    /// Describes `csi.v1.NodeGetCapabilitiesRequest`.
    public static var messageType: MessageType { MessageType(csi_NodeGetCapabilitiesRequest()) }
}

/// Which optional calls of the Node service work.
public struct NodeGetCapabilitiesResponse: ProtobufMessage {
    /// Optional. Every capability of the service.
    public var capabilities: [NodeServiceCapability]

    /// Makes a message; what is not given is unset.
    public init(capabilities: [NodeServiceCapability] = []) {
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

    /// Describes `csi.v1.NodeGetCapabilitiesResponse`.
    public static var messageType: MessageType { MessageType(csi_NodeGetCapabilitiesResponse()) }
}
