// Generated from proto/csi.proto by scripts/generate; do not edit.

import CCSI
import ProtobufBridge

/// Asks for health and readiness; has no fields.
public struct ProbeRequest: ProtobufMessage {
    /// Makes the message.
    public init() {}

    /// Reads the fields of an unpacked message.
    public init(from _: borrowing MessageReader) throws(ProtobufError) {}

    /// Writes the fields into a message that is about to be packed.
    public func write(to _: borrowing MessageWriter) {}

    /// Describes `csi.v1.ProbeRequest`.
    public static var messageType: MessageType { MessageType(csi_ProbeRequest()) }
}

/// The plugin is healthy.
public struct ProbeResponse: ProtobufMessage {
    /// Optional. False while the plugin still starts and calls may fail; absent means true.
    public var ready: Bool?

    /// Makes a message; what is not given is unset.
    public init(ready: Bool? = nil) {
        self.ready = ready
    }

    /// Reads the fields of an unpacked message.
    public init(from reader: borrowing MessageReader) throws(ProtobufError) {
        ready = reader.optionalBool(1)
    }

    /// Writes the fields into a message that is about to be packed.
    public func write(to writer: borrowing MessageWriter) {
        writer.optionalBool(1, ready)
    }

    /// Describes `csi.v1.ProbeResponse`.
    public static var messageType: MessageType { MessageType(csi_ProbeResponse()) }
}
