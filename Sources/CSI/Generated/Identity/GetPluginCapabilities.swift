// Generated from proto/csi.proto by scripts/generate; do not edit.

import CCSI
import ProtobufBridge

/// Asks what the plugin offers; has no fields.
public struct GetPluginCapabilitiesRequest: ProtobufMessage {
    /// Makes the message.
    public init() {}

    /// Reads the fields of an unpacked message.
    public init(from _: borrowing MessageReader) throws(ProtobufError) {}

    /// Writes the fields into a message that is about to be packed.
    public func write(to _: borrowing MessageWriter) {}

    /// Describes `csi.v1.GetPluginCapabilitiesRequest`.
    public static var messageType: MessageType { MessageType(csi_GetPluginCapabilitiesRequest()) }
}

/// What the plugin offers.
public struct GetPluginCapabilitiesResponse: ProtobufMessage {
    /// Optional. Every capability of the plugin as a whole.
    public var capabilities: [PluginCapability]

    /// Makes a message; what is not given is unset.
    public init(capabilities: [PluginCapability] = []) {
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

    /// Describes `csi.v1.GetPluginCapabilitiesResponse`.
    public static var messageType: MessageType { MessageType(csi_GetPluginCapabilitiesResponse()) }
}
