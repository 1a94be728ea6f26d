// Generated from proto/csi.proto by scripts/generate; do not edit.

import CCSI
import ProtobufBridge

/// Asks who the plugin is; has no fields.
public struct GetPluginInfoRequest: ProtobufMessage {
    /// Makes the message.
    public init() {}

    /// Reads the fields of an unpacked message.
    public init(from _: borrowing MessageReader) throws(ProtobufError) {}

    /// Writes the fields into a message that is about to be packed.
    public func write(to _: borrowing MessageWriter) {}

    /// Describes `csi.v1.GetPluginInfoRequest`.
    public static var messageType: MessageType { MessageType(csi_GetPluginInfoRequest()) }
}

/// Who the plugin is.
public struct GetPluginInfoResponse: ProtobufMessage {
    /// Required. The driver's name in the form of a domain name: at most 63 characters, letters and digits at both
    /// ends, with dashes, dots and alphanumerics between.
    public var name: String

    /// Required. Version of the plugin, opaque to the orchestrator.
    public var vendorVersion: String

    /// Optional further facts, opaque to the orchestrator.
    public var manifest: [String: String]

    /// Makes a message; what is not given is unset.
    public init(
        name: String = "",
        vendorVersion: String = "",
        manifest: [String: String] = [:]
    ) {
        self.name = name
        self.vendorVersion = vendorVersion
        self.manifest = manifest
    }

    /// Reads the fields of an unpacked message.
    public init(from reader: borrowing MessageReader) throws(ProtobufError) {
        name = try reader.string(1)
        vendorVersion = try reader.string(2)
        manifest = try reader.map(3)
    }

    /// Writes the fields into a message that is about to be packed.
    public func write(to writer: borrowing MessageWriter) {
        writer.string(1, name)
        writer.string(2, vendorVersion)
        writer.map(3, manifest)
    }

    /// Describes `csi.v1.GetPluginInfoResponse`.
    public static var messageType: MessageType { MessageType(csi_GetPluginInfoResponse()) }
}
