// Generated from proto/csi.proto by scripts/generate; do not edit.

import CCSI
import ProtobufBridge

/// Where a volume has to be reachable; at least one of the lists is given.
public struct TopologyRequirement: ProtobufMessage {
    /// Optional. The volume must be reachable from at least one of these.
    public var requisite: [Topology]

    /// Optional. To be tried in this order; each is also in `requisite` when that is given.
    public var preferred: [Topology]

    /// Makes a message; what is not given is unset.
    public init(
        requisite: [Topology] = [],
        preferred: [Topology] = []
    ) {
        self.requisite = requisite
        self.preferred = preferred
    }

    /// Reads the fields of an unpacked message.
    public init(from reader: borrowing MessageReader) throws(ProtobufError) {
        requisite = try reader.messages(1)
        preferred = try reader.messages(2)
    }

    /// Writes the fields into a message that is about to be packed.
    public func write(to writer: borrowing MessageWriter) {
        writer.messages(1, requisite)
        writer.messages(2, preferred)
    }

    /// Describes `csi.v1.TopologyRequirement`.
    public static var messageType: MessageType { MessageType(csi_TopologyRequirement()) }
}
