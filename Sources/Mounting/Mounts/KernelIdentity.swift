import Bytes
import Volumes

/// How the mount table shows a volume that the kernel's client has mounted.
struct KernelIdentity: Sendable, Hashable {
    let user: String
    let filesystem: String
    let path: String
    /// The cluster's id; nil when the configuration does not say.
    let fsid: String?

    init(_ request: StageRequest) {
        user = request.credentials.user
        filesystem = request.filesystem
        path = Self.normalized(request.path)
        fsid = request.cluster.fsid
    }

    /// Without doubled and trailing slashes.
    static func normalized(_ path: String) -> String { "/" + path.split(byte: "/").joined(separator: "/") }

    /// Whether `entry` is a mount of it, in either syntax of the device. The monitors do not count: the configuration's
    /// may have changed since it was mounted.
    func matches(_ entry: MountEntry) -> Bool {
        guard entry.type == "ceph", let slash = entry.source.firstIndex(ofByte: "/"),
            entry.source[slash...].isSame(as: path)
        else {
            return false
        }
        let device = entry.source[..<slash]
        if device.last == ":" {
            return value(of: "name", in: entry) == user && value(of: "mds_namespace", in: entry) == filesystem
        }
        guard device.last == "=", let at = device.firstIndex(of: "@"), device[..<at] == user,
            let dot = device[at...].firstIndex(of: ".")
        else { return false }
        let id = device[device.index(after: at)..<dot]
        return device[device.index(after: dot)...].dropLast() == filesystem && (fsid ?? String(id)) == id
    }

    private func value(of name: String, in entry: MountEntry) -> String? {
        entry.superOptions.first { $0.begins(with: "\(name)=") }
            .map { MountEntry.unescaped($0.dropFirst(name.utf8.count + 1)) }
    }
}
