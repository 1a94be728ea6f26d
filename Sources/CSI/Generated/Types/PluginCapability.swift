// Generated from proto/csi.proto by scripts/generate; do not edit.

import CCSI
import ProtobufBridge

/// One capability of the plugin as a whole.
public struct PluginCapability: ProtobufMessage {
    /// A service or trait that the plugin has.
    public struct Service: ProtobufMessage {
        /// Which service or trait.
        public enum Kind: ProtobufEnum {
            /// Not a valid answer.
            case unknown
            /// The Controller service exists.
            case controllerService
            /// Not every node reaches every volume: the orchestrator must heed topologies when it schedules.
            case volumeAccessibilityConstraints
            /// The GroupController service exists.
            case groupControllerService
            /// The SnapshotMetadata service exists. Alpha.
            case snapshotMetadataService
            /// A number that the schema does not name.
            case unrecognized(Int32)

            /// The value with this number.
            public init(rawValue: Int32) {
                switch rawValue {
                case 0: self = .unknown
                case 1: self = .controllerService
                case 2: self = .volumeAccessibilityConstraints
                case 3: self = .groupControllerService
                case 4: self = .snapshotMetadataService
                default: self = .unrecognized(rawValue)
                }
            }

            /// The number on the wire.
            public var rawValue: Int32 {
                switch self {
                case .unknown: 0
                case .controllerService: 1
                case .volumeAccessibilityConstraints: 2
                case .groupControllerService: 3
                case .snapshotMetadataService: 4
                case .unrecognized(let number): number
                }
            }
        }

        /// The service or trait.
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

        /// Describes `csi.v1.PluginCapability.Service`.
        public static var messageType: MessageType { MessageType(csi_PluginCapability_Service()) }
    }

    /// When volumes may grow.
    public struct VolumeExpansion: ProtobufMessage {
        /// Relation of expansion to use.
        public enum Kind: ProtobufEnum {
            /// Not a valid answer.
            case unknown
            /// Volumes may grow while nodes use them.
            case online
            /// Volumes may grow only while no node uses them.
            case offline
            /// A number that the schema does not name.
            case unrecognized(Int32)

            /// The value with this number.
            public init(rawValue: Int32) {
                switch rawValue {
                case 0: self = .unknown
                case 1: self = .online
                case 2: self = .offline
                default: self = .unrecognized(rawValue)
                }
            }

            /// The number on the wire.
            public var rawValue: Int32 {
                switch self {
                case .unknown: 0
                case .online: 1
                case .offline: 2
                case .unrecognized(let number): number
                }
            }
        }

        /// Relation of expansion to use.
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

        /// Describes `csi.v1.PluginCapability.VolumeExpansion`.
        public static var messageType: MessageType { MessageType(csi_PluginCapability_VolumeExpansion()) }
    }

    /// What kind of capability this is.
    public enum Kind: Sendable, Equatable {
        /// A service or trait.
        case service(Service)
        /// A way to expand volumes.
        case volumeExpansion(VolumeExpansion)
    }

    /// What kind of capability this is.
    public var type: Kind?

    /// Makes a message; what is not given is unset.
    public init(type: Kind? = nil) {
        self.type = type
    }

    /// Reads the fields of an unpacked message.
    public init(from reader: borrowing MessageReader) throws(ProtobufError) {
        if let value = try reader.message(1, as: Service.self) {
            type = .service(value)
        } else if let value = try reader.message(2, as: VolumeExpansion.self) {
            type = .volumeExpansion(value)
        }
    }

    /// Writes the fields into a message that is about to be packed.
    public func write(to writer: borrowing MessageWriter) {
        switch type {
        case .service(let value): writer.message(1, value)
        case .volumeExpansion(let value): writer.message(2, value)
        case nil: break
        }
    }

    /// Describes `csi.v1.PluginCapability`.
    public static var messageType: MessageType { MessageType(csi_PluginCapability()) }
}
