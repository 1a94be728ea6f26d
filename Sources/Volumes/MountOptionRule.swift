/// What a mount option may be that an administrator writes. Whether a client knows the option is the mounter's business.
public enum MountOptionRule {
    /// Options that carry credentials or choose the user: those come with each volume's secrets, never from a file.
    public static let credentialOptions: Set<String> = [
        "name", "secret", "secretfile", "key", "keyfile", "keyring", "id",
    ]

    /// Why `option` is refused, and what to do; nil when it is fine.
    public static func objection(to option: String) -> (problem: String, fix: String)? {
        let isPrintable = option.unicodeScalars.allSatisfy { $0.isASCII && $0.value > 0x20 && $0.value < 0x7f }
        guard !option.isEmpty, isPrintable else {
            return (
                "a mount option must be printable ASCII without spaces", "write one option per entry, as in [noatime]"
            )
        }
        guard list(option).count == 1 else {
            return (
                "\(option.debugDescription) holds several options",
                "write one option per entry, as in [noatime, nodiratime]"
            )
        }
        let name = String(option.prefix { $0 != "=" }).lowercased()
        guard !credentialOptions.contains(name) else {
            return (
                "the option \(name.debugDescription) sets credentials",
                "remove it; users and keys come from the secrets of the StorageClass"
            )
        }
        return nil
    }

    /// The options of a text that has them joined by commas, as ceph-csi's parameters have; spaces around them do not count.
    /// SELinux contexts hold commas between double quotes: `context="system_u:object_r:container_file_t:s0:c1,c2"`.
    public static func list(_ text: String) -> [String] {
        var isQuoted = false
        let parts = text.utf8.split(omittingEmptySubsequences: false) { byte in
            if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
            return byte == UInt8(ascii: ",") && !isQuoted
        }
        return parts.map { part in
            let isSpace = { (byte: UInt8) in byte == UInt8(ascii: " ") }
            return String(decoding: part.drop(while: isSpace).reversed().drop(while: isSpace).reversed(), as: UTF8.self)
        }
    }
}
