// Generated from proto/csi.proto by scripts/generate; do not edit.

import CCSI
import ProtobufBridge

/// One capability of the Node service.
public struct NodeServiceCapability: ProtobufMessage {
    /// A call or a trait of one.
    public struct RPC: ProtobufMessage {
        /// Which call or trait.
        public enum Kind: ProtobufEnum {
            /// Not a valid answer.
            case unknown
            /// NodeStageVolume and NodeUnstageVolume.
            case stageUnstageVolume
            /// NodeGetVolumeStats.
            case getVolumeStats
            /// NodeExpandVolume.
            case expandVolume
            /// Conditions of volumes are reported, for humans to read. Alpha.
            case volumeCondition
            /// The two single-node access modes that count workloads; SINGLE_NODE_WRITER stays accepted. Alpha.
            case singleNodeMultiWriter
            /// Staging and publishing heed `volume_mount_group`.
            case volumeMountGroup
            /// A number that the schema does not name.
            case unrecognized(Int32)

            /// The value with this number.
            public init(rawValue: Int32) {
                switch rawValue {
                case 0: self = .unknown
                case 1: self = .stageUnstageVolume
                case 2: self = .getVolumeStats
                case 3: self = .expandVolume
                case 4: self = .volumeCondition
                case 5: self = .singleNodeMultiWriter
                case 6: self = .volumeMountGroup
                default: self = .unrecognized(rawValue)
                }
            }

            /// The number on the wire.
            public var rawValue: Int32 {
                switch self {
                case .unknown: 0
                case .stageUnstageVolume: 1
                case .getVolumeStats: 2
                case .expandVolume: 3
                case .volumeCondition: 4
                case .singleNodeMultiWriter: 5
                case .volumeMountGroup: 6
                case .unrecognized(let number): number
                }
            }
        }

        /// The call or trait.
        public var type: Kind

        /// Makes a message; what is not given is unset.
        public init(type: Kind = .unknown) {
            self.type = type
        }

        /// Reads the fields of an unpacked message.
        public init(from reader: borrowing MessageReader) throws(ProtobufError) {
            type = reader.enumeration(1)
        }

        /// Writes the fields into a message that is about to be packed.
        public func write(to writer: borrowing MessageWriter) {
            writer.enumeration(1, type)
        }

        /// Describes `csi.v1.NodeServiceCapability.RPC`.
        public static var messageType: MessageType { MessageType(csi_NodeServiceCapability_RPC()) }
    }

    /// What kind of capability this is.
    public enum Kind: Sendable, Equatable {
        /// A call or a trait of one.
        case rpc(RPC)
    }

    /// What kind of capability this is.
    public var type: Kind?

    /// Makes a message; what is not given is unset.
    public init(type: Kind? = nil) {
        self.type = type
    }

    /// Reads the fields of an unpacked message.
    public init(from reader: borrowing MessageReader) throws(ProtobufError) {
        if let value = try reader.message(1, as: RPC.self) {
            type = .rpc(value)
        }
    }

    /// Writes the fields into a message that is about to be packed.
    public func write(to writer: borrowing MessageWriter) {
        switch type {
        case .rpc(let value): writer.message(1, value)
        case nil: break
        }
    }

    /// Describes `csi.v1.NodeServiceCapability`.
    public static var messageType: MessageType { MessageType(csi_NodeServiceCapability()) }
}
