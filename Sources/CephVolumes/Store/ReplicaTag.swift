/// A short name for a replica that may be part of a file name, whatever the replica calls itself.
enum ReplicaTag {
    /// 16 hexadecimal digits: FNV-1a of the identity, 64 bits. Replicas are few and chosen by the operator, so it need
    /// not withstand anybody.
    static func make(from identity: String) -> String {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in identity.utf8 {
            hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3
        }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
}
