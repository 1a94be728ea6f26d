import Bytes

/// A monitor's address as Ceph's `mon_host` and the kernel's mount options take it.
///
/// `host:port`, `1.2.3.4:6789`, `[fd00::1]:6789`, or an address vector `[v2:1.2.3.4:3300,v1:1.2.3.4:6789]`. The nonce
/// that `ceph mon dump` prints (`/0`) is accepted and dropped.
enum MonitorAddress {
    /// What to write instead of a malformed address.
    static let fix =
        #"write "host:port" (port 3300 or 6789), "[fd00::1]:6789" for IPv6, or "[v2:host:3300,v1:host:6789]""#

    /// What to do about `text`, which is no address, in the words of the mistake that is most likely.
    static func fix(for text: String) -> String {
        let isVector = text.begins(with: "[v")
        if text.contains(bytesOf: "://") { return "omit the scheme: \(fix)" }
        if text.utf8.contains(where: { $0 <= 0x20 }) { return "omit spaces: \(fix)" }
        if text.begins(with: "_") || text.contains(bytesOf: "._tcp") {
            return
                "SRV records are not supported; write the name and port of each monitor, or one name that has all "
                + "addresses"
        }
        if text.begins(with: "v1:") || text.begins(with: "v2:") {
            return "put brackets around it and quotation marks around those, or YAML reads a list: \(fix)"
        }
        if !isVector, text.utf8.contains(UInt8(ascii: ",")) { return "write one monitor per entry: \(fix)" }
        if !isVector, isHost(text[...]) { return "add the port, \(text):3300 or \(text):6789" }
        if isIPv6(text[...]) { return "put brackets around it and add the port, [\(text)]:3300 or [\(text)]:6789" }
        return fix
    }

    /// The address in its usual form; nil when it is none.
    static func normalized(_ text: String) -> String? {
        guard text.begins(with: "[v1:") || text.begins(with: "[v2:") else { return endpoint(text) }
        guard text.ends(with: "]") else { return nil }
        let parts = text.dropFirst().dropLast().split(byte: ",", omittingEmptySubsequences: false)
        var members: [String] = []
        for part in parts {
            let version = part.prefix(3)
            guard version == "v1:" || version == "v2:", let member = endpoint(String(part.dropFirst(3))) else {
                return nil
            }
            // Twice the same version is no vector that a monitor has.
            guard !members.contains(where: { $0.begins(with: version) }) else { return nil }
            members.append(version + member)
        }
        return "[\(members.joined(separator: ","))]"
    }

    private static func endpoint(_ text: String) -> String? {
        var text = Substring(text)
        if text.ends(with: "/0") { text = text.dropLast(2) }
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let host = text[..<colon]
        let port = text[text.index(after: colon)...]
        guard isPort(port), isHost(host) else { return nil }
        return String(text)
    }

    private static func isPort(_ text: Substring) -> Bool {
        guard text.utf8.allSatisfy(isDigit), !text.begins(with: "0"), let port = Int(text) else { return false }
        return (1...65535).contains(port)
    }

    private static func isHost(_ text: Substring) -> Bool {
        if text.begins(with: "[") { return text.ends(with: "]") && isIPv6(text.dropFirst().dropLast()) }
        let labels = text.split(byte: ".", omittingEmptySubsequences: false)
        if labels.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(isDigit) }) {
            return labels.count == 4 && labels.allSatisfy { $0.count <= 3 && (Int($0) ?? 256) < 256 }
        }
        return text.utf8.count <= 253 && labels.allSatisfy(isLabel)
    }

    /// RFC 1123, section 2.1: letters, digits and inner hyphens, at most 63.
    private static func isLabel(_ text: Substring) -> Bool {
        guard (1...63).contains(text.utf8.count), text.first != "-", text.last != "-" else { return false }
        return text.utf8.allSatisfy { byte in
            isDigit(byte) || byte == UInt8(ascii: "-")
                || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
        }
    }

    /// RFC 4291, section 2.2, forms 1 and 2; without zone and without a dotted tail.
    private static func isIPv6(_ text: Substring) -> Bool {
        let halves = text.split(separator: "::", omittingEmptySubsequences: false)
        guard halves.count <= 2 else { return false }
        let groups = halves.map { half in
            half.isEmpty ? [] : half.split(byte: ":", omittingEmptySubsequences: false)
        }
        let isHexadecimal = { (group: Substring) in
            (1...4).contains(group.utf8.count)
                && group.utf8.allSatisfy { byte in
                    isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte | 0x20)
                }
        }
        guard groups.allSatisfy({ $0.allSatisfy(isHexadecimal) }) else { return false }
        let count = groups.reduce(0) { $0 + $1.count }
        return halves.count == 2 ? count <= 7 : count == 8
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
