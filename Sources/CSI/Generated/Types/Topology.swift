// Generated from proto/csi.proto by scripts/generate; do not edit.

import CCSI
import ProtobufBridge

/// A place in the cluster: domains such as zone or rack, and the segment of each.
public struct Topology: ProtobufMessage {
    /// Keys are `[prefix/]name`, both at most 63 characters and compared without case; values are at most 63
    /// characters, alphanumeric at both ends, with dashes, underscores, dots and alphanumerics between.
    public var segments: [String: String]

    /// Makes a message; what is not given is unset.
    public init(segments: [String: String] = [:]) {
        self.segments = segments
    }

    /// Reads the fields of an unpacked message.
    public init(from reader: borrowing MessageReader) throws(ProtobufError) {
        segments = try reader.map(1)
    }

    /// Writes the fields into a message that is about to be packed.
    public func write(to writer: borrowing MessageWriter) {
        writer.map(1, segments)
    }

    /// Describes `csi.v1.Topology`.
    public static var messageType: MessageType { MessageType(csi_Topology()) }
}
