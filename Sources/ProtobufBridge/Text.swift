import CProtobufC
import Glibc

extension ProtobufCBinaryData {
    /// The bytes as a string.
    ///
    /// - Parameter path: Names the field in an error; not called otherwise.
    /// - Throws: ``ProtobufError/invalidUTF8(field:)`` or ``ProtobufError/containsNUL(field:)``.
    func text(path: () -> String) throws(ProtobufError) -> String {
        guard len > 0, let data else { return "" }
        if memchr(data, 0, len) != nil { throw .containsNUL(field: path()) }
        let bytes = UnsafeBufferPointer(start: data, count: len)
        guard let text = String(validating: bytes, as: UTF8.self) else { throw .invalidUTF8(field: path()) }
        return text
    }
}
