// Generated from proto/csi.proto by scripts/generate; do not edit.

import CCSI
import ProtobufBridge

/// Asks about this node; has no fields.
public struct NodeGetInfoRequest: ProtobufMessage {
    /// Makes the message.
    public init() {}

    /// Reads the fields of an unpacked message.
    public init(from _: borrowing MessageReader) throws(ProtobufError) {}

    /// Writes the fields into a message that is about to be packed.
    public func write(to _: borrowing MessageWriter) {}

    /// Describes `csi.v1.NodeGetInfoRequest`.
    public static var messageType: MessageType { MessageType(csi_NodeGetInfoRequest()) }
}

/// This node.
public struct NodeGetInfoResponse: ProtobufMessage {
    /// Required. The id that names this node in later calls, at most 256 bytes (128 for the oldest orchestrators).
    public var nodeID: String

    /// Optional. How many volumes the node can take; 0 leaves it to the orchestrator, negative is invalid.
    public var maxVolumesPerNode: Int64

    /// Optional. Where the node is; absent means that it has no topological limits.
    public var accessibleTopology: Topology?

    /// Makes a message; what is not given is unset.
    public init(
        nodeID: String = "",
        maxVolumesPerNode: Int64 = 0,
        accessibleTopology: Topology? = nil
    ) {
        self.nodeID = nodeID
        self.maxVolumesPerNode = maxVolumesPerNode
        self.accessibleTopology = accessibleTopology
    }

    /// Reads the fields of an unpacked message.
    public init(from reader: borrowing MessageReader) throws(ProtobufError) {
        nodeID = try reader.string(1)
        maxVolumesPerNode = reader.int64(2)
        accessibleTopology = try reader.message(3)
    }

    /// Writes the fields into a message that is about to be packed.
    public func write(to writer: borrowing MessageWriter) {
        writer.string(1, nodeID)
        writer.int64(2, maxVolumesPerNode)
        writer.message(3, accessibleTopology)
    }

    /// Describes `csi.v1.NodeGetInfoResponse`.
    public static var messageType: MessageType { MessageType(csi_NodeGetInfoResponse()) }
}
