// Generated from proto/csi.proto by scripts/generate; do not edit.

import CCSI
import ProtobufBridge

/// One capability of the Controller service.
public struct ControllerServiceCapability: ProtobufMessage {
    /// A call or a trait of one.
    public struct RPC: ProtobufMessage {
        /// Which call or trait.
        public enum Kind: ProtobufEnum {
            /// Not a valid answer.
            case unknown
            /// CreateVolume and DeleteVolume.
            case createDeleteVolume
            /// ControllerPublishVolume and ControllerUnpublishVolume.
            case publishUnpublishVolume
            /// ListVolumes.
            case listVolumes
            /// GetCapacity.
            case getCapacity
            /// CreateSnapshot, DeleteSnapshot, and CreateVolume from a snapshot.
            case createDeleteSnapshot
            /// ListSnapshots.
            case listSnapshots
            /// CreateVolume from another volume of this plugin.
            case cloneVolume
            /// ControllerPublishVolume heeds `readonly`.
            case publishReadonly
            /// ControllerExpandVolume.
            case expandVolume
            /// ListVolumes and ControllerGetVolume say where volumes are published; needs PUBLISH_UNPUBLISH_VOLUME.
            case listVolumesPublishedNodes
            /// Conditions of volumes are reported, for humans to read. Alpha.
            case volumeCondition
            /// ControllerGetVolume. Alpha.
            case getVolume
            /// The two single-node access modes that count workloads; SINGLE_NODE_WRITER stays accepted. Alpha.
            case singleNodeMultiWriter
            /// ControllerModifyVolume, and mutable parameters in CreateVolume.
            case modifyVolume
            /// GetSnapshot. Alpha.
            case getSnapshot
            /// A number that the schema does not name.
            case unrecognized(Int32)

            /// The value with this number.
            public init(rawValue: Int32) {
                switch rawValue {
                case 0: self = .unknown
                case 1: self = .createDeleteVolume
                case 2: self = .publishUnpublishVolume
                case 3: self = .listVolumes
                case 4: self = .getCapacity
                case 5: self = .createDeleteSnapshot
                case 6: self = .listSnapshots
                case 7: self = .cloneVolume
                case 8: self = .publishReadonly
                case 9: self = .expandVolume
                case 10: self = .listVolumesPublishedNodes
                case 11: self = .volumeCondition
                case 12: self = .getVolume
                case 13: self = .singleNodeMultiWriter
                case 14: self = .modifyVolume
                case 15: self = .getSnapshot
                default: self = .unrecognized(rawValue)
                }
            }

            /// The number on the wire.
            public var rawValue: Int32 {
                switch self {
                case .unknown: 0
                case .createDeleteVolume: 1
                case .publishUnpublishVolume: 2
                case .listVolumes: 3
                case .getCapacity: 4
                case .createDeleteSnapshot: 5
                case .listSnapshots: 6
                case .cloneVolume: 7
                case .publishReadonly: 8
                case .expandVolume: 9
                case .listVolumesPublishedNodes: 10
                case .volumeCondition: 11
                case .getVolume: 12
                case .singleNodeMultiWriter: 13
                case .modifyVolume: 14
                case .getSnapshot: 15
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

        /// Describes `csi.v1.ControllerServiceCapability.RPC`.
        public static var messageType: MessageType { MessageType(csi_ControllerServiceCapability_RPC()) }
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

    /// Describes `csi.v1.ControllerServiceCapability`.
    public static var messageType: MessageType { MessageType(csi_ControllerServiceCapability()) }
}
