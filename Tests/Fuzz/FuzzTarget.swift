import Bytes
import CSI
import Cryptography
import JSON
import Volumes

@testable import CephVolumes
@testable import Configuration
@testable import Mounting

/// The readers of bytes that others wrote. Each must end, without a trap, for any input; and what it accepts must mean the
/// same when it is written and read once more.
enum FuzzTarget: String, CaseIterable {
    /// Requests, by the protobuf bridge.
    case bridge
    /// Ids of volumes, snapshots and nodes, and topology.
    case ids
    /// JSON, and the records that are kept as attributes of directories.
    case records
    case configuration
    case mountinfo
    /// A volume's user, sealed for a node.
    case envelope

    func read(_ bytes: [UInt8]) {
        switch self {
        case .bridge: message(bytes)
        case .ids: id(String(decoding: bytes, as: UTF8.self))
        case .records: record(bytes)
        case .configuration: configuration(bytes)
        case .mountinfo: mountTable(String(decoding: bytes, as: UTF8.self))
        case .envelope: envelope(bytes)
        }
    }
}

extension FuzzTarget {
    private static let requests: [any ProtobufMessage.Type] = [
        CreateVolumeRequest.self, DeleteVolumeRequest.self, ControllerPublishVolumeRequest.self,
        ControllerUnpublishVolumeRequest.self, ValidateVolumeCapabilitiesRequest.self, ListVolumesRequest.self,
        GetCapacityRequest.self, CreateSnapshotRequest.self, DeleteSnapshotRequest.self, ListSnapshotsRequest.self,
        ControllerExpandVolumeRequest.self, ControllerModifyVolumeRequest.self,
        CreateVolumeGroupSnapshotRequest.self, DeleteVolumeGroupSnapshotRequest.self, NodeStageVolumeRequest.self,
        NodeUnstageVolumeRequest.self, NodePublishVolumeRequest.self, NodeUnpublishVolumeRequest.self,
        NodeGetVolumeStatsRequest.self, NodeExpandVolumeRequest.self, ProbeRequest.self,
    ]

    /// The first byte says which request the others are.
    private func message(_ bytes: [UInt8]) {
        guard let first = bytes.first else { return }
        Self.requests[Int(first) % Self.requests.count].readTwice(Array(bytes.dropFirst()))
    }

    private func id(_ text: String) {
        if let id = VolumeID(text) { precondition(VolumeID(id.description) == id) }
        if let id = SnapshotID(text) { precondition(SnapshotID(id.description) == id) }
        if let id = GroupSnapshotID(text) { precondition(GroupSnapshotID(id.description) == id) }
        if let node = NodeIdentity(text) { precondition(NodeIdentity(node.description) == node) }
        if let topology = Topology(text: text) { precondition(Topology(text: topology.description) == topology) }
        if let source = ContentSource(text: text) { precondition(ContentSource(text: source.text) == source) }
        _ = VolumeLayout.trashed(text)
        _ = TrashWatch.read(text, "name")
    }

    private func record(_ bytes: [UInt8]) {
        let text = String(decoding: bytes, as: UTF8.self)
        if let json = try? JSONValue(parsing: text) {
            guard let copy = try? JSONValue(parsing: json.text) else {
                preconditionFailure("JSON does not read itself")
            }
            precondition(copy.text == json.text)
        }
        if let record = try? VolumeRecord(text: text, path: "/p") {
            precondition((try? VolumeRecord(text: record.text, path: "/p").text) == record.text)
        }
        if let record = try? SnapshotRecord(text: text, path: "/p") {
            precondition((try? SnapshotRecord(text: record.text, path: "/p").text) == record.text)
        }
        if let record = try? GroupSnapshotRecord(text: text, path: "/p") {
            precondition((try? GroupSnapshotRecord(text: record.text, path: "/p").text) == record.text)
        }
        if let record = try? AttachmentRecord(text: text, path: "/p") {
            precondition((try? AttachmentRecord(text: record.text, path: "/p").text) == record.text)
        }
        if let record = CopyRecord(text: text) { precondition(CopyRecord(text: record.text)?.text == record.text) }
        if let mark = AdoptionMark(text: text) { precondition(AdoptionMark(text: mark.text)?.text == mark.text) }
        _ = try? SubvolumeMetadata(text: text, place: "/p")
    }

    private func configuration(_ bytes: [UInt8]) {
        do throws(ConfigurationError) {
            let clusters = try ConfigurationFile.parse(bytes, file: "f")
            precondition(!clusters.isEmpty && clusters.allSatisfy { !$0.id.isEmpty && !$0.monitors.isEmpty })
        } catch {
            precondition(
                !error.problems.isEmpty && error.problems.allSatisfy { !$0.problem.isEmpty && !$0.fix.isEmpty }
            )
            precondition(error.description.unicodeScalars.allSatisfy { $0 == "\n" || $0.value >= 0x20 })
        }
    }

    private func mountTable(_ text: String) {
        let table = MountTable(parsing: text)
        for entry in table.entries { _ = table.place(of: entry) }
    }

    /// As text, and as what was sealed in it.
    private func envelope(_ bytes: [UInt8]) {
        guard let node = NodeIdentity(name: "node", publicKey: Self.pair.publicKey) else {
            preconditionFailure("no node")
        }
        let text = String(decoding: bytes, as: UTF8.self)
        _ = try? CredentialEnvelope.open(text, volumeID: "v", on: node) { Self.pair.open($0) }
        _ = try? CredentialEnvelope.open("AAAA", volumeID: "v", on: node) { _ in bytes }
        _ = Self.pair.open(bytes)
    }

    private static let pair = SealedBox.KeyPair()
}

extension ProtobufMessage {
    fileprivate static func readTwice(_ bytes: [UInt8]) {
        guard let message = try? Self(decoding: bytes) else { return }
        let encoded = message.encoded()
        guard let copy = try? Self(decoding: encoded) else { preconditionFailure("\(self) does not read itself") }
        // The order in a map is anybody's.
        precondition(copy.encoded().count == encoded.count, "\(self) changes when it is read")
    }
}
