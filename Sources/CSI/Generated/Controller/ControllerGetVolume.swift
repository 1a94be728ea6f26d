// Generated from proto/csi.proto by scripts/generate; do not edit.

import CCSI
import ProtobufBridge

/// Asks for one volume. Alpha.
public struct ControllerGetVolumeRequest: ProtobufMessage {
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

    /// Describes `csi.v1.ControllerGetVolumeRequest`.
    public static var messageType: MessageType { MessageType(csi_ControllerGetVolumeRequest()) }
}

/// One volume and its state. Alpha.
public struct ControllerGetVolumeResponse: ProtobufMessage {
    /// Where the volume is published, and its condition.
    public struct VolumeStatus: ProtobufMessage {
        /// Optional; required with the LIST_VOLUMES_PUBLISHED_NODES capability. Ids of the nodes to which the volume is
        /// published by the controller.
        public var publishedNodeIDs: [String]

        /// Optional; required with the VOLUME_CONDITION capability. Condition of the volume.
        public var volumeCondition: VolumeCondition?

        /// Makes a message; what is not given is unset.
        public init(
            publishedNodeIDs: [String] = [],
            volumeCondition: VolumeCondition? = nil
        ) {
            self.publishedNodeIDs = publishedNodeIDs
            self.volumeCondition = volumeCondition
        }

        /// Reads the fields of an unpacked message.
        public init(from reader: borrowing MessageReader) throws(ProtobufError) {
            publishedNodeIDs = try reader.strings(1)
            volumeCondition = try reader.message(2)
        }

        /// Writes the fields into a message that is about to be packed.
        public func write(to writer: borrowing MessageWriter) {
            writer.strings(1, publishedNodeIDs)
            writer.message(2, volumeCondition)
        }

        /// Describes `csi.v1.ControllerGetVolumeResponse.VolumeStatus`.
        public static var messageType: MessageType { MessageType(csi_ControllerGetVolumeResponse_VolumeStatus()) }
    }

    /// Required. The volume.
    public var volume: Volume?

    /// Required. Its state.
    public var status: VolumeStatus?

    /// Makes a message; what is not given is unset.
    public init(
        volume: Volume? = nil,
        status: VolumeStatus? = nil
    ) {
        self.volume = volume
        self.status = status
    }

    /// Reads the fields of an unpacked message.
    public init(from reader: borrowing MessageReader) throws(ProtobufError) {
        volume = try reader.message(1)
        status = try reader.message(2)
    }

    /// Writes the fields into a message that is about to be packed.
    public func write(to writer: borrowing MessageWriter) {
        writer.message(1, volume)
        writer.message(2, status)
    }

    /// Describes `csi.v1.ControllerGetVolumeResponse`.
    public static var messageType: MessageType { MessageType(csi_ControllerGetVolumeResponse()) }
}
