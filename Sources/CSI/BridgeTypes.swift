import ProtobufBridge

// The bridge's types that appear in the API, so that its users need not import the bridge as well.

/// A moment in time.
public typealias Timestamp = ProtobufBridge.Timestamp
/// A value that nothing prints.
public typealias Redacted = ProtobufBridge.Redacted
/// Why bytes are not an acceptable message.
public typealias ProtobufError = ProtobufBridge.ProtobufError
/// What all messages have in common.
public typealias ProtobufMessage = ProtobufBridge.ProtobufMessage
