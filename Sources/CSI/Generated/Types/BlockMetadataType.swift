// Generated from proto/csi.proto by scripts/generate; do not edit.

import CCSI
import ProtobufBridge

/// How ranges are cut.
public enum BlockMetadataType: ProtobufEnum {
    /// Not a valid answer.
    case unknown
    /// All ranges have the same length.
    case fixedLength
    /// Ranges have lengths of their own.
    case variableLength
    /// A number that the schema does not name.
    case unrecognized(Int32)

    /// The value with this number.
    public init(rawValue: Int32) {
        switch rawValue {
        case 0: self = .unknown
        case 1: self = .fixedLength
        case 2: self = .variableLength
        default: self = .unrecognized(rawValue)
        }
    }

    /// The number on the wire.
    public var rawValue: Int32 {
        switch self {
        case .unknown: 0
        case .fixedLength: 1
        case .variableLength: 2
        case .unrecognized(let number): number
        }
    }
}
