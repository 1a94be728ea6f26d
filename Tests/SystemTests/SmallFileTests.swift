import Foundation
import Testing

@testable import System

@Suite struct SmallFileTests {
    private let directory: String

    init() throws {
        directory = FileManager.default.temporaryDirectory.path + "/cephfs-csi-host-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    }

    @Test("What was put in place is read back, and the limit holds to the byte")
    func roundTrip() throws {
        let path = "\(directory)/a"
        let bytes = (0..<70_000).map { UInt8(truncatingIfNeeded: $0) }
        try SmallFile.replace(path, with: bytes)
        #expect(try SmallFile.read(path, limit: 70_000).bytes == bytes)
        #expect(throws: SmallFile.Refusal.tooLarge(path: path, limit: 69_999)) {
            try SmallFile.read(path, limit: 69_999)
        }
        try SmallFile.replace(path, with: [])
        #expect(try SmallFile.read(path, limit: 10).bytes.isEmpty)
    }

    @Test("Replacing leaves no draft behind, whether it succeeds or not")
    func noDrafts() throws {
        try SmallFile.replace("\(directory)/a", with: [1])
        try FileManager.default.createDirectory(atPath: "\(directory)/b/c", withIntermediateDirectories: true)
        let error = try #require(throws: SystemCallError.self) { try SmallFile.replace("\(directory)/b", with: [1]) }
        #expect(error.call == "rename")
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory).sorted() == ["a", "b"])
        #expect(throws: SystemCallError("open", errno: ENOENT, on: "\(directory)/no/a.\(getpid()).tmp")) {
            try SmallFile.replace("\(directory)/no/a", with: [1])
        }
    }

    @Test("A reader sees the old file or the new one, never a part")
    func atomic() async throws {
        let path = "\(directory)/a"
        let pages = [[UInt8](repeating: 1, count: 50_000), [UInt8](repeating: 2, count: 90_000)]
        try SmallFile.replace(path, with: pages[0])
        let writer = Task.detached {
            for round in 0..<500 { try SmallFile.replace(path, with: pages[round % 2]) }
        }
        for _ in 0..<500 { #expect(try pages.contains(SmallFile.read(path, limit: 1 << 20).bytes)) }
        try await writer.value
    }

    @Test("A directory, a device and a pipe that nobody writes to are refused at once", .timeLimit(.minutes(1)))
    func notRegular() throws {
        let pipe = "\(directory)/pipe"
        #expect(mkfifo(pipe, 0o600) == 0)
        for path in [directory, "/dev/zero", pipe] {
            #expect(throws: SmallFile.Refusal.notRegular(path: path)) { try SmallFile.read(path, limit: 10) }
        }
    }

    @Test("A fingerprint differs after a rewrite and after a replacement, and not without")
    func fingerprints() throws {
        let path = "\(directory)/a"
        try SmallFile.replace(path, with: [1])
        let first = try FileFingerprint(path: path)
        #expect(try FileFingerprint(path: path) == first)
        #expect(try SmallFile.read(path, limit: 10).1 == first)
        #expect(!first.isSettled)
        try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSinceNow: -60)], ofItemAtPath: path)
        let second = try FileFingerprint(path: path)
        #expect(second != first)
        #expect(second.isSettled)
        try SmallFile.replace(path, with: [1])
        #expect(try FileFingerprint(path: path) != second)
    }
}
