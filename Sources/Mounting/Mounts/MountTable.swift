import Bytes
import Glibc
import System

/// One line of `/proc/self/mountinfo` (proc(5), "/proc/pid/mountinfo").
struct MountEntry: Sendable, Hashable {
    /// The mount's id, unique while it exists.
    var id: Int
    /// The id of the mount that it is attached to.
    var parent: Int
    /// `major:minor`, the st_dev of files on it.
    var device: String
    /// The directory of the file system that is this mount's root.
    var root: String
    /// Where it is attached, seen from this process's root.
    var mountPoint: String
    /// Options of this mount alone: `rw`, `nosuid`, ….
    var options: [String]
    /// Whether mounts on it propagate to the other mounts of its peer group (`shared:N`).
    var isShared: Bool
    /// The file system's type with its subtype: `ceph`, `fuse.ceph-fuse`.
    var type: String
    /// What is mounted, as the file system names it.
    var source: String
    /// Options of the file system, shared by all of its mounts.
    var superOptions: [String]

    /// Whether writing through this mount is refused, by the mount or by its file system.
    var isReadOnly: Bool { options.contains("ro") || superOptions.contains("ro") }

    /// What the source says of the cluster: the part between user and path of `user@cluster.fs=/path`, the monitors of
    /// `1.2.3.4:6789:/path`.
    var cluster: String {
        let place = source.firstIndex(of: "@").map { source[source.index(after: $0)...] } ?? source[...]
        let end = place.firstIndex(of: "=") ?? place.firstIndex(of: "/") ?? place.endIndex
        return String(place[..<end])
    }

    /// Whether one of CephFS's two clients serves it.
    var isCephFS: Bool { type == "ceph" || type == "fuse.ceph-fuse" }

    /// Parses a line; nil when it is not one of mountinfo's.
    init?(line: Substring) {
        let fields = line.split(byte: " ")
        // Optional fields (`shared:1`, `master:2`, …) end with a lone `-`, and mounts may have none.
        guard let separator = fields.dropFirst(6).firstIndex(of: "-"), fields.count >= separator + 3,
            let id = Int(fields[0]), let parent = Int(fields[1])
        else { return nil }
        self.id = id
        self.parent = parent
        device = String(fields[2])
        root = Self.unescaped(fields[3])
        mountPoint = Self.unescaped(fields[4])
        options = fields[5].split(byte: ",").map(String.init)
        isShared = fields[6..<separator].contains { $0.begins(with: "shared:") }
        type = String(fields[separator + 1])
        // An empty source leaves two spaces and so no field of its own.
        let hasSource = fields.count >= separator + 4
        source = hasSource ? Self.unescaped(fields[separator + 2]) : ""
        superOptions = fields[fields.count - 1].split(byte: ",").map(String.init)
    }

    /// Undoes the kernel's octal escapes of space, tab, newline and backslash (`\040`).
    static func unescaped(_ text: Substring) -> String {
        guard text.utf8.contains(UInt8(ascii: "\\")) else { return String(text) }
        let bytes = Array(text.utf8)
        var result: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "\\"), index + 3 < bytes.count,
                let value = UInt8(String(decoding: bytes[(index + 1)...(index + 3)], as: UTF8.self), radix: 8)
            {
                result.append(value)
                index += 4
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}

/// What is mounted in this process's mount namespace at one moment.
struct MountTable: Sendable {
    /// All mounts, in the kernel's order.
    let entries: [MountEntry]

    /// Parses the text of a mountinfo file; lines that are none are left out.
    init(parsing text: String) {
        entries = text.split(byte: "\n").compactMap(MountEntry.init(line:))
    }

    /// Reads `/proc/self/mountinfo`.
    static func current() throws -> MountTable {
        MountTable(parsing: String(decoding: try KernelFile.read("/proc/self/mountinfo"), as: UTF8.self))
    }

    /// The mount of that id.
    func mount(id: Int) -> MountEntry? {
        entries.first { $0.id == id }
    }

    /// The directory that a mount covers: the device it is on and its path within that file system.
    ///
    /// Mount propagation repeats one mount at several mount points (a kubelet directory that is bound twice). The copies
    /// cover the same directory, and that tells them from another mount of the same volume.
    struct Place: Hashable {
        var device: String
        var path: ByteText
    }

    /// The directory that `entry` covers.
    func place(of entry: MountEntry) -> Place {
        // Only the root of the namespace has no parent in the table.
        guard let parent = mount(id: entry.parent), parent.id != entry.id else {
            return Place(device: "", path: ByteText(entry.mountPoint))
        }
        let above = parent.mountPoint == "/" ? "" : parent.mountPoint
        let root = parent.root == "/" ? "" : parent.root
        // Below it, unless a link or another namespace is in between; then its own path tells it apart all the same.
        let below = entry.mountPoint.removing(prefix: above) ?? entry.mountPoint[...]
        return Place(device: parent.device, path: ByteText(root + below))
    }
}
