import CProtobufC
import Glibc

/// The memory of one message while it is decoded or encoded.
///
/// protobuf-c allocates a message as a tree of structs. Taking them all from here makes freeing them one step that
/// no path can miss, costs one `malloc` for most messages, and bounds what a hostile message can make us allocate.
final class MessageArena {
    /// Most bytes to take from the system.
    private let limit: Int
    private var chunks: [UnsafeMutableRawPointer] = []
    private var next: UnsafeMutableRawPointer?
    private var left = 0
    private var taken = 0
    /// Whether an allocation was refused because of the limit.
    private(set) var isExhausted = false

    private static let smallestChunk = 2048
    private static let largestSharedChunk = 256 << 10
    private static let alignment = 16

    init(limit: Int) {
        self.limit = limit
    }

    deinit {
        for chunk in chunks { free(chunk) }
    }

    /// Uninitialised memory for any type of C, or nil when the limit is reached.
    func allocate(_ size: Int) -> UnsafeMutableRawPointer? {
        let (padded, overflow) = size.addingReportingOverflow(Self.alignment - 1)
        let needed = max(padded & ~(Self.alignment - 1), Self.alignment)
        guard !overflow, needed <= left || addChunk(atLeast: needed), let start = next else {
            isExhausted = true
            return nil
        }
        next = start + needed
        left -= needed
        return start
    }

    /// Memory for `count` elements. Only for encoding, where there is no limit.
    func array<Element>(of _: Element.Type, count: Int) -> UnsafeMutablePointer<Element> {
        zeroed(MemoryLayout<Element>.stride * count).bindMemory(to: Element.self, capacity: count)
    }

    /// Memory filled with zero bytes. Only for encoding, where there is no limit.
    func zeroed(_ size: Int) -> UnsafeMutableRawPointer {
        guard let memory = allocate(size) else { fatalError("out of memory") }
        memory.initializeMemory(as: UInt8.self, repeating: 0, count: size)
        return memory
    }

    private func addChunk(atLeast needed: Int) -> Bool {
        let shared = min(max(Self.smallestChunk, taken), Self.largestSharedChunk)
        let size = max(needed, min(shared, limit - taken))
        guard size <= limit - taken, let chunk = malloc(size) else { return false }
        chunks.append(chunk)
        (next, left) = (chunk, size)
        taken += size
        return true
    }

    /// Unpacks a message into the arena; nil when the bytes are malformed or the arena is exhausted.
    ///
    /// `protobuf_c_message_unpack` copies what it keeps of `bytes`.
    func unpack(_ type: MessageType, _ bytes: [UInt8]) -> UnsafePointer<ProtobufCMessage>? {
        var allocator = ProtobufCAllocator(
            alloc: { arena, size in
                arena.flatMap { Unmanaged<MessageArena>.fromOpaque($0).takeUnretainedValue().allocate(size) }
            },
            free: { _, _ in },
            allocator_data: Unmanaged.passUnretained(self).toOpaque()
        )
        return bytes.withUnsafeBufferPointer { bytes in
            protobuf_c_message_unpack(type.descriptor, &allocator, bytes.count, bytes.baseAddress).map {
                UnsafePointer($0)
            }
        }
    }
}
