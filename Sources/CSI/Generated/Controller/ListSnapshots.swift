// Generated from proto/csi.proto by scripts/generate; do not edit.

import CCSI
import ProtobufBridge

/// Asks for a page of the list of snapshots, whoever made them.
public struct ListSnapshotsRequest: ProtobufMessage {
    /// Optional. At most so many entries; 0 means no limit, negative is invalid.
    public var maxEntries: Int32

    /// Optional. The `next_token` of the page before; empty means the first page.
    public var startingToken: String

    /// Optional. Only snapshots of this volume.
    public var sourceVolumeID: String

    /// Optional. Only this snapshot.
    public var snapshotID: String

    /// Optional. Credentials for this call.
    public var secrets: Redacted<[String: String]>

    /// Makes a message; what is not given is unset.
    public init(
        maxEntries: Int32 = 0,
        startingToken: String = "",
        sourceVolumeID: String = "",
        snapshotID: String = "",
        secrets: Redacted<[String: String]> = [:]
    ) {
        self.maxEntries = maxEntries
        self.startingToken = startingToken
        self.sourceVolumeID = sourceVolumeID
        self.snapshotID = snapshotID
        self.secrets = secrets
    }

    /// Reads the fields of an unpacked message.
    public init(from reader: borrowing MessageReader) throws(ProtobufError) {
        maxEntries = reader.int32(1)
        startingToken = try reader.string(2)
        sourceVolumeID = try reader.string(3)
        snapshotID = try reader.string(4)
        secrets = try reader.secrets(5)
    }

    /// Writes the fields into a message that is about to be packed.
    public func write(to writer: borrowing MessageWriter) {
        writer.int32(1, maxEntries)
        writer.string(2, startingToken)
        writer.string(3, sourceVolumeID)
        writer.string(4, snapshotID)
        writer.secrets(5, secrets)
    }

    /// Describes `csi.v1.ListSnapshotsRequest`.
    public static var messageType: MessageType { MessageType(csi_ListSnapshotsRequest()) }
}

/// A page of the list of snapshots.
public struct ListSnapshotsResponse: ProtobufMessage {
    /// One snapshot of the list.
    public struct Entry: ProtobufMessage {
        /// The snapshot.
        public var snapshot: Snapshot?

        /// Makes a message; what is not given is unset.
        public init(snapshot: Snapshot? = nil) {
            self.snapshot = snapshot
        }

        /// Reads the fields of an unpacked message.
        public init(from reader: borrowing MessageReader) throws(ProtobufError) {
            snapshot = try reader.message(1)
        }

        /// Writes the fields into a message that is about to be packed.
        public func write(to writer: borrowing MessageWriter) {
            writer.message(1, snapshot)
        }

        /// Describes `csi.v1.ListSnapshotsResponse.Entry`.
        public static var messageType: MessageType { MessageType(csi_ListSnapshotsResponse_Entry()) }
    }

    /// The snapshots of this page.
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

    /// Describes `csi.v1.ListSnapshotsResponse`.
    public static var messageType: MessageType { MessageType(csi_ListSnapshotsResponse()) }
}
