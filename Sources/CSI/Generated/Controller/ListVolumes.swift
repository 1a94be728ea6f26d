// Generated from proto/csi.proto by scripts/generate; do not edit.

import CCSI
import ProtobufBridge

/// Asks for a page of the list of volumes.
public struct ListVolumesRequest: ProtobufMessage {
    /// Optional. At most so many entries; 0 means no limit, negative is invalid.
    public var maxEntries: Int32

    /// Optional. The `next_token` of the page before; empty means the first page.
    public var startingToken: String

    /// Makes a message; what is not given is unset.
    public init(
        maxEntries: Int32 = 0,
        startingToken: String = ""
    ) {
        self.maxEntries = maxEntries
        self.startingToken = startingToken
    }

    /// Reads the fields of an unpacked message.
    public init(from reader: borrowing MessageReader) throws(ProtobufError) {
        maxEntries = reader.int32(1)
        startingToken = try reader.string(2)
    }

    /// Writes the fields into a message that is about to be packed.
    public func write(to writer: borrowing MessageWriter) {
        writer.int32(1, maxEntries)
        writer.string(2, startingToken)
    }

    /// Describes `csi.v1.ListVolumesRequest`.
    public static var messageType: MessageType { MessageType(csi_ListVolumesRequest()) }
}

/// A page of the list of volumes.
public struct ListVolumesResponse: ProtobufMessage {
    /// Where a volume is published, and its condition.
    public struct VolumeStatus: ProtobufMessage {
        /// Optional. Ids of the nodes to which the volume is published by the controller.
        public var publishedNodeIDs: [String]

        /// Optional; required with the VOLUME_CONDITION capability. Condition of the volume. Alpha.
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

        /// Describes `csi.v1.ListVolumesResponse.VolumeStatus`.
        public static var messageType: MessageType { MessageType(csi_ListVolumesResponse_VolumeStatus()) }
    }

    /// One volume of the list.
    public struct Entry: ProtobufMessage {
        /// Required. The volume.
        public var volume: Volume?

        /// Optional; required with the LIST_VOLUMES_PUBLISHED_NODES capability.
        public var status: ListVolumesResponse.VolumeStatus?

        /// Makes a message; what is not given is unset.
        public init(
            volume: Volume? = nil,
            status: ListVolumesResponse.VolumeStatus? = nil
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

        /// Describes `csi.v1.ListVolumesResponse.Entry`.
        public static var messageType: MessageType { MessageType(csi_ListVolumesResponse_Entry()) }
    }

    /// The volumes of this page.
    public var entries: [Entry]

    /// Optional. Token of the next page; empty means that this is the last.
    public var nextToken: String

    /// Makes a message; what is not given is unset.
    public init(
        entries: [Entry] = [],
        nextToken: String = ""
    ) {
        self.entries = entries
        self.nextToken = nextToken
    }

    /// Reads the fields of an unpacked message.
    public init(from reader: borrowing MessageReader) throws(ProtobufError) {
        entries = try reader.messages(1)
        nextToken = try reader.string(2)
    }

    /// Writes the fields into a message that is about to be packed.
    public func write(to writer: borrowing MessageWriter) {
        writer.messages(1, entries)
        writer.string(2, nextToken)
    }

    /// Describes `csi.v1.ListVolumesResponse`.
    public static var messageType: MessageType { MessageType(csi_ListVolumesResponse()) }
}
