import CGRPC

/// Owns a message in the core's form.
final class MessageBuffer: @unchecked Sendable {
    // Unchecked: never changed after init, and the core's reference counts are atomic.
    let raw: UnsafeMutablePointer<grpc_byte_buffer>

    /// Takes over what the core returned.
    init(owning raw: UnsafeMutablePointer<grpc_byte_buffer>) { self.raw = raw }

    /// Copies `bytes`.
    init(_ bytes: [UInt8]) {
        var slice = bytes.withUnsafeBytes { grpc_slice_from_copied_buffer($0.baseAddress, $0.count) }
        // The buffer takes its own reference to the slice.
        raw = grpc_raw_byte_buffer_create(&slice, 1)
        grpc_slice_unref(slice)
    }

    deinit { grpc_byte_buffer_destroy(raw) }

    /// A copy of the contents; nil if the core can't read them (a compressed message that does not expand).
    func bytes() -> [UInt8]? {
        var reader = grpc_byte_buffer_reader()
        guard grpc_byte_buffer_reader_init(&reader, raw) != 0 else { return nil }
        defer { grpc_byte_buffer_reader_destroy(&reader) }
        let length = grpc_byte_buffer_length(raw)
        return [UInt8](unsafeUninitializedCapacity: length) { room, count in
            var slice = grpc_slice()
            while grpc_byte_buffer_reader_next(&reader, &slice) != 0 {
                defer { grpc_slice_unref(slice) }
                let part = UnsafeRawBufferPointer(start: cgrpc_slice_start(&slice), count: cgrpc_slice_length(&slice))
                guard count + part.count <= length else { break }
                UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(room)[count...]).copyMemory(
                    from: part
                )
                count += part.count
            }
        }
    }
}

extension String {
    /// A copy of a slice that stays its owner's.
    init(copying slice: grpc_slice) {
        var slice = slice
        self = String(
            decoding: UnsafeRawBufferPointer(start: cgrpc_slice_start(&slice), count: cgrpc_slice_length(&slice)),
            as: UTF8.self
        )
    }
}

/// Calls `body` with a slice that holds a copy of `text`, and lets go of it afterwards.
func withSlice<Result>(_ text: String, _ body: (inout grpc_slice) -> Result) -> Result {
    var text = text
    var slice = text.withUTF8 { grpc_slice_from_copied_buffer($0.baseAddress, $0.count) }
    defer { grpc_slice_unref(slice) }
    return body(&slice)
}
