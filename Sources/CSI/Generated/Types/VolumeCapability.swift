// Generated from proto/csi.proto by scripts/generate; do not edit.

import CCSI
import ProtobufBridge

/// One way to use a volume.
public struct VolumeCapability: ProtobufMessage {
    /// Use as a block device; has no fields.
    public struct BlockVolume: ProtobufMessage {
        /// Makes the message.
        public init() {}

        /// Reads the fields of an unpacked message.
        public init(from _: borrowing MessageReader) throws(ProtobufError) {}

        /// Writes the fields into a message that is about to be packed.
        public func write(to _: borrowing MessageWriter) {}

        /// Describes `csi.v1.VolumeCapability.BlockVolume`.
        public static var messageType: MessageType { MessageType(csi_VolumeCapability_BlockVolume()) }
    }

    /// Use as a mounted file system.
    public struct MountVolume: ProtobufMessage {
        /// Optional. Type of file system; empty means unspecified.
        public var fsType: String

        /// Optional. Mount options, 4 KiB in all. They may be sensitive: don't show them to others.
        public var mountFlags: [String]

        /// Optional. Group that owns the files of the mount, for nodes with the VOLUME_MOUNT_GROUP capability.
        public var volumeMountGroup: String

        /// Makes a message; what is not given is unset.
        public init(
            fsType: String = "",
            mountFlags: [String] = [],
            volumeMountGroup: String = ""
        ) {
            self.fsType = fsType
            self.mountFlags = mountFlags
            self.volumeMountGroup = volumeMountGroup
        }

        /// Reads the fields of an unpacked message.
        public init(from reader: borrowing MessageReader) throws(ProtobufError) {
            fsType = try reader.string(1)
            mountFlags = try reader.strings(2)
            volumeMountGroup = try reader.string(3)
        }

        /// Writes the fields into a message that is about to be packed.
        public func write(to writer: borrowing MessageWriter) {
            writer.string(1, fsType)
            writer.strings(2, mountFlags)
            writer.string(3, volumeMountGroup)
        }

        /// Describes `csi.v1.VolumeCapability.MountVolume`.
        public static var messageType: MessageType { MessageType(csi_VolumeCapability_MountVolume()) }
    }

    /// Who may use a volume at the same time, and how.
    public struct AccessMode: ProtobufMessage {
        /// Who may use a volume at the same time, and how.
        public enum Mode: ProtobufEnum {
            /// Not a valid request.
            case unknown
            /// Read and write on one node.
            case singleNodeWriter
            /// Read on one node.
            case singleNodeReaderOnly
            /// Read on many nodes.
            case multiNodeReaderOnly
            /// Read on many nodes, write on one of them.
            case multiNodeSingleWriter
            /// Read and write on many nodes.
            case multiNodeMultiWriter
            /// Read and write by one workload on one node. Alpha.
            case singleNodeSingleWriter
            /// Read and write by many workloads on one node. Alpha.
            case singleNodeMultiWriter
            /// A number that the schema does not name.
            case unrecognized(Int32)

            /// The value with this number.
            public init(rawValue: Int32) {
                switch rawValue {
                case 0: self = .unknown
                case 1: self = .singleNodeWriter
                case 2: self = .singleNodeReaderOnly
                case 3: self = .multiNodeReaderOnly
                case 4: self = .multiNodeSingleWriter
                case 5: self = .multiNodeMultiWriter
                case 6: self = .singleNodeSingleWriter
                case 7: self = .singleNodeMultiWriter
                default: self = .unrecognized(rawValue)
                }
            }

            /// The number on the wire.
            public var rawValue: Int32 {
                switch self {
                case .unknown: 0
                case .singleNodeWriter: 1
                case .singleNodeReaderOnly: 2
                case .multiNodeReaderOnly: 3
                case .multiNodeSingleWriter: 4
                case .multiNodeMultiWriter: 5
                case .singleNodeSingleWriter: 6
                case .singleNodeMultiWriter: 7
                case .unrecognized(let number): number
                }
            }
        }

        /// Required. The mode.
        public var mode: Mode

        /// Makes a message; what is not given is unset.
        public init(mode: Mode = .unknown) {
            self.mode = mode
        }

        /// Reads the fields of an unpacked message.
        public init(from reader: borrowing MessageReader) throws(ProtobufError) {
            mode = reader.enumeration(1)
        }

        /// Writes the fields into a message that is about to be packed.
        public func write(to writer: borrowing MessageWriter) {
            writer.enumeration(1, mode)
        }

        /// Describes `csi.v1.VolumeCapability.AccessMode`.
        public static var messageType: MessageType { MessageType(csi_VolumeCapability_AccessMode()) }
    }

    /// Required. The interface through which a workload sees the volume.
    public enum AccessType: Sendable, Equatable {
        /// A block device.
        case block(BlockVolume)
        /// A mounted file system.
        case mount(MountVolume)
    }

    /// Required. The interface through which a workload sees the volume.
    public var accessType: AccessType?

    /// Required. Who may use the volume at the same time, and how.
    public var accessMode: AccessMode?

    /// Makes a message; what is not given is unset.
    public init(
        accessType: AccessType? = nil,
        accessMode: AccessMode? = nil
    ) {
        self.accessType = accessType
        self.accessMode = accessMode
    }

    /// Reads the fields of an unpacked message.
    public init(from reader: borrowing MessageReader) throws(ProtobufError) {
        accessMode = try reader.message(3)
        if let value = try reader.message(1, as: BlockVolume.self) {
            accessType = .block(value)
        } else if let value = try reader.message(2, as: MountVolume.self) {
            accessType = .mount(value)
        }
    }

    /// Writes the fields into a message that is about to be packed.
    public func write(to writer: borrowing MessageWriter) {
        writer.message(3, accessMode)
        switch accessType {
        case .block(let value): writer.message(1, value)
        case .mount(let value): writer.message(2, value)
        case nil: break
        }
    }

    /// Describes `csi.v1.VolumeCapability`.
    public static var messageType: MessageType { MessageType(csi_VolumeCapability()) }
}
