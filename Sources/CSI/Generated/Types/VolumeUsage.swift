// Generated from proto/csi.proto by scripts/generate; do not edit.

import CCSI
import ProtobufBridge

/// Usage of a volume in one unit; no value is negative.
public struct VolumeUsage: ProtobufMessage {
    /// What is counted.
    public enum Unit: ProtobufEnum {
        /// Not a valid answer.
        case unknown
        /// Bytes.
        case bytes
        /// Files and directories.
        case inodes
        /// A number that the schema does not name.
        case unrecognized(Int32)

        /// The value with this number.
        public init(rawValue: Int32) {
            switch rawValue {
            case 0: self = .unknown
            case 1: self = .bytes
            case 2: self = .inodes
            default: self = .unrecognized(rawValue)
            }
        }

        /// The number on the wire.
        public var rawValue: Int32 {
            switch self {
            case .unknown: 0
            case .bytes: 1
            case .inodes: 2
            case .unrecognized(let number): number
            }
        }
    }

    /// Optional. What is left.
    public var available: Int64

    /// Required. What there is in all.
    public var total: Int64

    /// Optional. What is taken.
    public var used: Int64

    /// Required. What is counted.
    public var unit: Unit

    /// Makes a message; what is not given is unset.
    public init(
        available: Int64 = 0,
        total: Int64 = 0,
        used: Int64 = 0,
        unit: Unit = .unknown
    ) {
        self.available = available
        self.total = total
        self.used = used
        self.unit = unit
    }

    /// Reads the fields of an unpacked message.
    public init(from reader: borrowing MessageReader) throws(ProtobufError) {
        available = reader.int64(1)
        total = reader.int64(2)
        used = reader.int64(3)
        unit = reader.enumeration(4)
    }

    /// Writes the fields into a message that is about to be packed.
    public func write(to writer: borrowing MessageWriter) {
        writer.int64(1, available)
        writer.int64(2, total)
        writer.int64(3, used)
        writer.enumeration(4, unit)
    }

    /// Describes `csi.v1.VolumeUsage`.
    public static var messageType: MessageType { MessageType(csi_VolumeUsage()) }
}
