// Generated from proto/csi.proto by scripts/generate; do not edit.

import CCSI
import ProtobufBridge

/// What a new volume is a copy of.
public struct VolumeContentSource: ProtobufMessage {
    /// A snapshot to copy.
    public struct SnapshotSource: ProtobufMessage {
        /// Required. Id of the snapshot.
        public var snapshotID: String

        /// Makes a message; what is not given is unset.
        public init(snapshotID: String = "") {
            self.snapshotID = snapshotID
        }

        /// Reads the fields of an unpacked message.
        public init(from reader: borrowing MessageReader) throws(ProtobufError) {
            snapshotID = try reader.string(1)
        }

        /// Writes the fields into a message that is about to be packed.
        public func write(to writer: borrowing MessageWriter) {
            writer.string(1, snapshotID)
        }

        /// Describes `csi.v1.VolumeContentSource.SnapshotSource`.
        public static var messageType: MessageType { MessageType(csi_VolumeContentSource_SnapshotSource()) }
    }

    /// A volume to copy.
    public struct VolumeSource: ProtobufMessage {
        /// Required. Id of the volume.
        public var volumeID: String

        /// Makes a message; what is not given is unset.
        public init(volumeID: String = "") {
            self.volumeID = volumeID
        }

        /// Reads the fields of an unpacked message.
        public init(from reader: borrowing MessageReader) throws(ProtobufError) {
            volumeID = try reader.string(1)
        }

        /// Writes the fields into a message that is about to be packed.
        public func write(to writer: borrowing MessageWriter) {
            writer.string(1, volumeID)
        }

        /// Describes `csi.v1.VolumeContentSource.VolumeSource`.
        public static var messageType: MessageType { MessageType(csi_VolumeContentSource_VolumeSource()) }
    }

    /// Required. The kind of source.
    public enum Kind: Sendable, Equatable {
        /// Copy a snapshot.
        case snapshot(SnapshotSource)
        /// Copy a volume.
        case volume(VolumeSource)
    }

    /// Required. The kind of source.
    public var type: Kind?

    /// Makes a message; what is not given is unset.
    public init(type: Kind? = nil) {
        self.type = type
    }

    /// Reads the fields of an unpacked message.
    public init(from reader: borrowing MessageReader) throws(ProtobufError) {
        if let value = try reader.message(1, as: SnapshotSource.self) {
            type = .snapshot(value)
        } else if let value = try reader.message(2, as: VolumeSource.self) {
            type = .volume(value)
        }
    }

    /// Writes the fields into a message that is about to be packed.
    public func write(to writer: borrowing MessageWriter) {
        switch type {
        case .snapshot(let value): writer.message(1, value)
        case .volume(let value): writer.message(2, value)
        case nil: break
        }
    }

    /// Describes `csi.v1.VolumeContentSource`.
    public static var messageType: MessageType { MessageType(csi_VolumeContentSource()) }
}
