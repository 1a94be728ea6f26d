import Bytes
import Volumes

/// What adopting a directory did, or would do, in words.
struct AdoptionText {
    let adoption: Adoption
    let isDryRun: Bool

    var text: String {
        let id = adoption.volume.id
        let source = VolumeText.plain(adoption.source)
        switch (adoption.kind, isDryRun) {
        case (.adopted, _):
            return "\(source) is the volume \(id) already\n" + facts
        case (_, true):
            return "\(source) would become the volume \(id)\n" + ([move] + notes).map { "  \($0)\n" }.joined() + facts
        case (_, false):
            return "\(source) is now the volume \(id)\n" + ([move] + notes).map { "  \($0)\n" }.joined() + facts
        }
    }

    private var move: String {
        let data = adoption.volume.dataPath
        guard adoption.kind == .directory else { return "it stays at \(data)" }
        return "it \(isDryRun ? "moves" : "has moved") to \(data)"
    }

    private var notes: [String] {
        var notes: [String] = []
        if adoption.kind == .directory {
            notes.append(
                "existing mounts keep working; new mounts need the new path, and the caps of former users name the "
                    + "old one"
            )
        }
        if !adoption.foreignSnapshots.isEmpty {
            notes.append(
                "it has snapshots that the plugin leaves alone, and that keep its space when it is deleted: "
                    + adoption.foreignSnapshots.map(VolumeText.plain).joined(separator: ", ")
            )
        }
        if adoption.volume.properties.isolation == .path {
            notes.append(
                "it has no RADOS namespace: its users' caps need a provisioner with isolation path "
                    + "(cephfs-csi caps provisioner --isolation path)"
            )
        } else if !adoption.namespace.begins(with: CephUserCaps.namespacePrefix) {
            notes.append(
                "its RADOS namespace is \(VolumeText.plain(adoption.namespace)): its users' caps need a provisioner for it "
                    + "(cephfs-csi caps provisioner --adopted-namespace)"
            )
        }
        return notes
    }

    private var facts: String {
        let capacity = adoption.volume.capacity.map { "\($0.bytes)" } ?? "none"
        return "  capacity \(capacity), used \(adoption.usedBytes), isolation "
            + "\(adoption.volume.properties.isolation.rawValue), CSI name \(VolumeText.plain(adoption.volume.requestName))"
    }
}
