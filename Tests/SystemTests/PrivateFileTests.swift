import Foundation
import Testing

@testable import System

@Suite struct PrivateFileTests {
    private let directory = FileManager.default.temporaryDirectory.path + "/private-\(UUID())"
    private var path: String { "\(directory)/below/key" }

    private func mode(_ path: String) throws -> Int {
        try #require(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int)
    }

    @Test func `the first one made stays, and nobody else may read it`() throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        #expect(try PrivateFile.read(path, limit: 10) == nil)
        #expect(try PrivateFile.create(path, with: [1, 2, 3]))
        #expect(try !PrivateFile.create(path, with: [4]))
        let found = try #require(try PrivateFile.read(path, limit: 10))
        #expect(found.bytes == [1, 2, 3])
        #expect(!found.wasOpen)
        #expect(try mode(path) == 0o600)
        #expect(try mode("\(directory)/below") == 0o700)
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(directory)/below") == ["key"])
    }

    @Test func `a file that others can read is closed to them, and that is said`() throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        _ = try PrivateFile.create(path, with: [1])
        chmod(path, 0o644)
        #expect(try PrivateFile.read(path, limit: 10)?.wasOpen == true)
        #expect(try mode(path) == 0o600)
        #expect(try PrivateFile.read(path, limit: 10)?.wasOpen == false)
    }

    @Test func `what is no file, or too large, is refused`() throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        _ = try PrivateFile.create(path, with: [1, 2, 3])
        #expect(throws: SmallFile.Refusal.self) { try PrivateFile.read(path, limit: 2) }
        #expect(throws: SmallFile.Refusal.self) { try PrivateFile.read("\(directory)/below", limit: 2) }
        #expect(throws: SystemCallError.self) { try PrivateFile.create("\(path)/deeper", with: []) }
    }
}
