import Bytes

/// Names of Kubernetes' objects (RFC 1123 subdomains).
enum KubernetesName {
    /// The longest one.
    static let maximumLength = 253

    /// Whether Kubernetes takes `name` for an object.
    static func isValid(_ name: String) -> Bool {
        guard (1...maximumLength).contains(name.utf8.count) else { return false }
        return name.split(byte: ".", omittingEmptySubsequences: false).allSatisfy { label in
            guard let first = label.utf8.first, let last = label.utf8.last else { return false }
            return isAlphanumeric(first) && isAlphanumeric(last)
                && label.utf8.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
        }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
    }
}
