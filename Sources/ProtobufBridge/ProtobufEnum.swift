/// An enum of the schema. A number that the schema does not name is kept, as proto3 asks.
public protocol ProtobufEnum: Sendable, Hashable {
    /// The value with this number.
    init(rawValue: Int32)
    /// The number on the wire.
    var rawValue: Int32 { get }
}
