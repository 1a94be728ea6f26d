import Glibc
import Synchronization

/// Writes lines to a descriptor and never makes the caller wait for whoever reads there.
///
/// A line goes out at once when the descriptor takes it. What it does not take waits in a queue of bounded size that a
/// thread empties; the thread lives only while the queue holds something. A line that finds no room in the queue, or
/// that the descriptor refuses, is dropped and counted, and the next line that is accepted is preceded by the count.
public final class LineWriter: Sendable {
    /// How a descriptor is written to.
    enum Manner: Sendable, Hashable {
        /// It does not block (O_NONBLOCK), so callers write themselves.
        case direct
        /// A socket: callers write themselves, with MSG_DONTWAIT.
        case socket
        /// It may block (a file on a disk that hangs): only the thread writes.
        case queued
    }

    private struct State {
        var queue: [[UInt8]] = []
        /// Bytes that wait, those that the thread has in hand included.
        var waiting = 0
        var isDraining = false
        var dropped: UInt64 = 0
        var unannounced: UInt64 = 0

        mutating func drop(_ lines: Int = 1) {
            dropped += UInt64(lines)
            unannounced += UInt64(lines)
        }
    }

    private let descriptor: Int32
    private let manner: Manner
    private let capacity: Int
    private let state = Mutex(State())

    /// A writer to `descriptor`, which stays the caller's.
    ///
    /// - Parameter capacity: the most bytes that wait.
    init(to descriptor: Int32, _ manner: Manner, capacity: Int = 256 << 10) {
        self.descriptor = descriptor
        self.manner = manner
        self.capacity = capacity
    }

    /// Lines that were dropped since the start.
    public var dropped: UInt64 { state.withLock { $0.dropped } }

    /// Writes or queues `line`, which ends in a newline. Returns at once.
    ///
    /// - Parameter announcing: makes the line that says how many were dropped before this one; nil says nothing.
    public func write(_ line: [UInt8], announcing: ((UInt64) -> [UInt8])? = nil) {
        let startsThread = state.withLock { state in
            var bytes = line
            if state.unannounced > 0, let announcing { bytes = announcing(state.unannounced) + line }
            guard state.waiting + bytes.count <= capacity else {
                state.drop()
                return false
            }
            var rest = bytes[...]
            if state.queue.isEmpty, !state.isDraining, manner != .queued {
                do {
                    rest = rest.dropFirst(try put(rest))
                } catch {
                    state.drop()
                    return false
                }
            }
            if announcing != nil { state.unannounced = 0 }
            guard !rest.isEmpty else { return false }
            state.queue.append(Array(rest))
            state.waiting += rest.count
            defer { state.isDraining = true }
            return !state.isDraining
        }
        if startsThread { startDraining() }
    }

    /// Waits until the queue is empty, for the end of a process.
    ///
    /// - Parameter patience: how long to wait at most.
    public func flush(atMost patience: Duration) {
        let deadline = ContinuousClock.now + patience
        while state.withLock({ $0.waiting > 0 }), ContinuousClock.now < deadline { usleep(1000) }
    }

    /// How many of `bytes` the descriptor took without blocking, or with it in the thread of a queued descriptor.
    private func put(_ bytes: ArraySlice<UInt8>) throws(SystemCallError) -> Int {
        var done = 0
        while done < bytes.count {
            let count = bytes.dropFirst(done).withUnsafeBytes { buffer in
                manner == .socket
                    ? send(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT | MSG_NOSIGNAL))
                    : Glibc.write(descriptor, buffer.baseAddress, buffer.count)
            }
            if count < 0, errno == EINTR { continue }
            if count < 0, errno == EAGAIN || errno == EWOULDBLOCK { break }
            guard count >= 0 else { throw SystemCallError("write", on: "descriptor \(descriptor)") }
            done += count
        }
        return done
    }

    // MARK: The thread

    private func startDraining() {
        let error = WorkerThread.start("log") { [self] in
            while drainOnce() {}
        }
        guard error != 0 else { return }
        state.withLock { state in
            state.drop(state.queue.count)
            state.queue.removeAll()
            state.waiting = 0
            state.isDraining = false
        }
    }

    /// Writes what waits; false when nothing does and the thread is to end.
    private func drainOnce() -> Bool {
        let lines = state.withLock { state in
            defer { state.queue.removeAll() }
            state.isDraining = !state.queue.isEmpty
            return state.queue
        }
        for line in lines {
            let isWritten = drain(line)
            state.withLock { state in
                state.waiting -= line.count
                if !isWritten { state.drop() }
            }
        }
        return !lines.isEmpty
    }

    private func drain(_ line: [UInt8]) -> Bool {
        var rest = line[...]
        while true {
            do {
                rest = rest.dropFirst(try put(rest))
            } catch {
                return false
            }
            if rest.isEmpty { return true }
            var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            _ = poll(&wait, 1, -1)
        }
    }
}
