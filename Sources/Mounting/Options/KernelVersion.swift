import Bytes
import Glibc

/// The running kernel's version, as far as what it can mount depends on it.
struct KernelVersion: Sendable, Hashable, Comparable, CustomStringConvertible {
    let major: Int
    let minor: Int

    /// ms_mode, and with it Ceph's second protocol (net/ceph, 5.11).
    static let messengerTwo = KernelVersion(major: 5, minor: 11)
    /// The device syntax that names the cluster's id (fs/ceph, 5.17).
    static let deviceWithID = KernelVersion(major: 5, minor: 17)

    /// AES-256 keys of cephx (net/ceph, 7.0); add_key(2) says EINVAL before.
    static let keysOfAES256 = KernelVersion(major: 7, minor: 0)

    init(major: Int, minor: Int) {
        self.major = major
        self.minor = minor
    }

    /// Parses uname(2)'s release: `6.1.0-18-amd64`, `5.15.0+`, `6.12-rc1`.
    init?(release: String) {
        let numbers = release.split(byte: ".", maxSplits: 2).prefix(2).map { part in
            Int(part.prefix { $0.isASCII && $0.isNumber })
        }
        guard numbers.count == 2, let major = numbers[0], let minor = numbers[1] else { return nil }
        self.init(major: major, minor: minor)
    }

    /// The running kernel's; one that does not say so counts as old.
    static let current: KernelVersion = {
        var names = utsname()
        guard uname(&names) == 0 else { return KernelVersion(major: 0, minor: 0) }
        let release = withUnsafeBytes(of: &names.release) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        return KernelVersion(release: release) ?? KernelVersion(major: 0, minor: 0)
    }()

    var description: String { "\(major).\(minor)" }

    static func < (left: KernelVersion, right: KernelVersion) -> Bool {
        (left.major, left.minor) < (right.major, right.minor)
    }
}
