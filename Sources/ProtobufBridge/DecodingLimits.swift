/// What decoding one message may cost.
///
/// Depth needs no limit of its own: protobuf-c descends only into fields that the schema knows, and no message of
/// the schema contains itself (the generator refuses one that does).
public struct DecodingLimits: Sendable, Hashable {
    /// Largest encoded message, in bytes.
    public var messageBytes: Int
    /// Most memory for the unpacked message, in bytes. Two bytes on the wire can stand for a struct of a hundred.
    public var memoryBytes: Int

    /// Sets both limits, in bytes.
    public init(messageBytes: Int, memoryBytes: Int) {
        self.messageBytes = messageBytes
        self.memoryBytes = memoryBytes
    }

    /// 4 MiB a message, which is gRPC's own limit, and 32 MiB unpacked.
    public static let standard = DecodingLimits(messageBytes: 4 << 20, memoryBytes: 32 << 20)
}
