import Foundation
import Testing

@testable import System

@Suite struct ProcessTests {
    @Test(
        "A time stamp is RFC 3339 in UTC",
        arguments: [
            (0, 0, "1970-01-01T00:00:00.000Z"), (951_782_400, 999_999_999, "2000-02-29T00:00:00.999Z"),
            (1_769_843_109, 7_000_000, "2026-01-31T07:05:09.007Z"), (-1, 0, "1969-12-31T23:59:59.000Z"),
        ]
    )
    func timestamp(_ seconds: Int64, _ nanoseconds: Int64, _ text: String) {
        #expect(WallClock(seconds: seconds, nanoseconds: nanoseconds).timestamp == text)
    }

    @Test("The process's figures are those that the kernel shows")
    func figures() throws {
        let figures = try #require(ProcessFigures.current())
        #expect(figures.residentBytes > 1 << 20)
        #expect(figures.processorSeconds > 0)
        #expect(figures.threads >= 1)
    }

    @Test("The host's name is what the kernel says")
    func hostName() throws {
        let kernel = try String(contentsOfFile: "/proc/sys/kernel/hostname", encoding: .utf8)
        #expect(HostName.current == kernel.trimmingCharacters(in: .newlines))
    }

    @Test("An error number is told in words, a number without meaning too")
    func errorTexts() {
        #expect(
            SystemCallError("open", errno: ENOENT, on: "/x").description
                == "open /x: No such file or directory (errno 2)"
        )
        #expect(SystemCallError("open", errno: 99_999, on: "/x").reason == "unknown error")
    }
}
