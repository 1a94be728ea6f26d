import Glibc

/// This machine's name, or the pod's.
public enum HostName {
    /// gethostname(2); nil when it is unset or not UTF-8.
    public static var current: String? {
        // HOST_NAME_MAX is 64 on Linux.
        var buffer = [CChar](repeating: 0, count: 65)
        guard gethostname(&buffer, 64) == 0 else { return nil }
        let bytes = buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:))
        guard let name = String(validating: bytes, as: UTF8.self), !name.isEmpty else { return nil }
        return name
    }
}
