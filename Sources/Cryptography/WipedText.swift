import Glibc

/// The text of a secret, in memory that is overwritten when the last user lets go.
///
/// What is made of it on the way, a string for a call, is freed as any other.
public final class WipedText: @unchecked Sendable {
    /// Never written to between init and deinit, which is what makes it Sendable.
    private let bytes: UnsafeMutableBufferPointer<UInt8>
    private let release: (UnsafeMutableBufferPointer<UInt8>) -> Void

    /// Copies `text`.
    public convenience init(_ text: String) {
        self.init(text) { $0.deallocate() }
    }

    /// - Parameter release: gets the memory, wiped.
    init(_ text: String, release: @escaping (UnsafeMutableBufferPointer<UInt8>) -> Void) {
        bytes = .allocate(capacity: text.utf8.count)
        _ = bytes.initialize(from: text.utf8)
        self.release = release
    }

    deinit {
        // Unlike other ways to write zeros, the compiler keeps this one (explicit_bzero(3)).
        if let start = bytes.baseAddress { explicit_bzero(start, bytes.count) }
        release(bytes)
    }

    /// Runs `body` with the text.
    public func withExposed<Result>(_ body: (String) throws -> Result) rethrows -> Result {
        try body(String(decoding: bytes, as: UTF8.self))
    }
}

extension WipedText: Hashable {
    /// By bytes.
    public static func == (left: WipedText, right: WipedText) -> Bool { left.bytes.elementsEqual(right.bytes) }

    /// Of the bytes.
    public func hash(into hasher: inout Hasher) { hasher.combine(bytes: UnsafeRawBufferPointer(bytes)) }
}
