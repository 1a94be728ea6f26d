import Glibc
import Synchronization
import Testing

@testable import System

/// A pipe with a non-blocking end to write to.
private final class Pipe: Sendable {
    let source: Int32
    let destination: Int32

    init() throws {
        signal(SIGPIPE, SIG_IGN)
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        (source, destination) = (ends[0], ends[1])
        _ = fcntl(destination, F_SETFL, O_NONBLOCK)
        _ = fcntl(source, F_SETFL, O_NONBLOCK)
    }

    deinit {
        _ = close(source)
        _ = close(destination)
    }

    /// What can be read now.
    func read() -> [UInt8] {
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while case let count = Glibc.read(source, &buffer, buffer.count), count > 0 { all += buffer.prefix(count) }
        return all
    }
}

private func line(_ number: Int, length: Int = 100) -> [UInt8] {
    let text = "\(number) "
    return Array(text.utf8) + [UInt8](repeating: UInt8(ascii: "x"), count: length - text.utf8.count) + [10]
}

private func announcement(_ count: UInt64) -> [UInt8] { Array("lost \(count)\n".utf8) }

private func lines(_ bytes: [UInt8]) -> [Substring] {
    String(decoding: bytes, as: UTF8.self).split(separator: "\n")
}

@Suite struct LineWriterTests {
    @Test("A pipe that nobody reads blocks no writer, and what was dropped is counted and said")
    func unreadPipe() async throws {
        let pipe = try Pipe()
        let writer = LineWriter(to: pipe.destination, .direct, capacity: 10_000)
        let began = ContinuousClock.now
        for number in 0..<20_000 { writer.write(line(number), announcing: announcement) }
        #expect(ContinuousClock.now - began < .seconds(5))
        let dropped = writer.dropped
        #expect(dropped > 19_000)

        // All that was not dropped arrives, and then there is room again: whether a line finds some before that depends on
        // how much of it the last one left.
        let kept = 20_000 - Int(dropped)
        var text: [UInt8] = []
        let end = ContinuousClock.now + .seconds(10)
        while text.count < kept * 101, ContinuousClock.now < end {
            text += pipe.read()
            try await Task.sleep(for: .milliseconds(2))
        }
        writer.flush(atMost: .seconds(10))
        writer.write(Array("after\n".utf8), announcing: announcement)
        writer.flush(atMost: .seconds(10))
        text += pipe.read()
        #expect(writer.dropped == dropped)
        let read = lines(text)
        #expect(read.dropFirst(kept) == ["lost \(dropped)", "after"])
        // What came before is whole and in order.
        #expect(read.prefix(kept).enumerated().allSatisfy { $1.hasPrefix("\($0) x") && $1.utf8.count == 100 })
    }

    @Test("Lines of many threads for a slow reader arrive whole, each thread's in its order")
    func slowReader() async throws {
        let pipe = try Pipe()
        let writer = LineWriter(to: pipe.destination, .direct, capacity: 16 << 20)
        let reading = Task {
            var text: [UInt8] = []
            while text.count < 800 * 9_001 {
                text += pipe.read()
                try await Task.sleep(for: .milliseconds(1))
            }
            return text
        }
        await withTaskGroup { group in
            for writing in 0..<8 {
                group.addTask {
                    // Longer than what the kernel takes whole.
                    for number in 0..<100 { writer.write(line(writing * 1000 + number, length: 9_000)) }
                }
            }
        }
        let read = lines(try await reading.value)
        #expect(read.count == 800 && writer.dropped == 0)
        #expect(read.allSatisfy { $0.utf8.count == 9_000 })
        let numbers = read.compactMap { $0.split(separator: " ").first.flatMap { Int($0) } }
        for writing in 0..<8 {
            #expect(numbers.filter { $0 / 1000 == writing } == (0..<100).map { writing * 1000 + $0 })
        }
        writer.flush(atMost: .seconds(5))
    }

    @Test("A reader that is gone, and a device that is full, cost lines and nothing else", arguments: [false, true])
    func refusals(isFull: Bool) throws {
        var ends: [Int32] = [-1, -1]
        signal(SIGPIPE, SIG_IGN)
        try #require(pipe(&ends) == 0)
        _ = close(ends[0])
        let full = open("/dev/full", O_WRONLY | O_NONBLOCK)
        defer { [ends[1], full].forEach { _ = close($0) } }
        for manner in [LineWriter.Manner.direct, .queued] {
            let writer = LineWriter(to: isFull ? full : ends[1], manner)
            for number in 0..<10 { writer.write(line(number)) }
            writer.flush(atMost: .seconds(5))
            #expect(writer.dropped == 10, "\(manner)")
        }
    }

    @Test("A socket that nobody reads blocks no writer", arguments: [LineWriter.Manner.socket, .queued])
    func socket(manner: LineWriter.Manner) throws {
        var ends: [Int32] = [-1, -1]
        try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
        let writer = LineWriter(to: ends[1], manner, capacity: 10_000)
        let began = ContinuousClock.now
        for number in 0..<20_000 { writer.write(line(number)) }
        #expect(ContinuousClock.now - began < .seconds(5))
        #expect(writer.dropped > 10_000)
        // Ends the thread that waits in a write.
        _ = shutdown(ends[0], Int32(SHUT_RDWR))
        writer.flush(atMost: .seconds(5))
        ends.forEach { _ = close($0) }
    }
}
