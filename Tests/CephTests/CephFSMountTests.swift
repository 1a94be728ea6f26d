import CCeph
import Foundation
import Testing

@testable import Ceph

@Suite("A mounted file system", .usesCluster) struct CephFSMountTests {
    private let cluster: DevCluster
    private let connections = CephConnections(identity: "mount-tests")

    init() throws {
        cluster = try DevCluster()
    }

    /// Runs `body` in an empty directory that goes away afterwards.
    private func inScratch(_ body: @escaping @Sendable (CephFSMount, _ path: String) throws -> Void) async throws {
        try await connections.run(cluster.settings(), "test") { mount in
            let path = "/scratch-\(UUID())"
            try mount.makeDirectory(path, mode: 0o755)
            defer { try? mount.removeTree(path) }
            try body(mount, path)
        }
        await connections.close()
    }

    @Test("directories have the mode asked for, whatever the umask, and belong to root")
    func modes() async throws {
        try await inScratch { mount, path in
            for mode in [0o777, 0o2770, 0o1711, 0o000] as [UInt16] {
                try mount.makeDirectory("\(path)/d", mode: mode)
                let status = try mount.status("\(path)/d")
                #expect(status.mode == mode && status.uid == 0 && status.gid == 0 && status.isDirectory)
                try mount.removeDirectory("\(path)/d")
            }
            try mount.makeDirectory("\(path)/d", mode: 0o700)
            try mount.setOwner("\(path)/d", uid: 4_000_000_000, gid: 1000)
            let status = try mount.status("\(path)/d")
            #expect(status.uid == 4_000_000_000 && status.gid == 1000)
        }
    }

    @Test("attributes of any length are read back, absent ones are nil")
    func attributes() async throws {
        try await inScratch { mount, path in
            for length in [0, 1, 1023, 1024, 1025, 16000] {
                let value = String(repeating: "x", count: length)
                try mount.setAttribute("user.test", of: path, to: value)
                #expect(try mount.attribute("user.test", of: path) == value)
            }
            try mount.removeAttribute("user.test", of: path)
            #expect(try mount.attributeIfPresent("user.test", of: path) == nil)
            try mount.setAttribute("ceph.quota.max_bytes", of: path, to: "4194304")
            #expect(try mount.attribute("ceph.quota.max_bytes", of: path) == "4194304")
            let error = #expect(throws: CephError.self) { try mount.attributeIfPresent("user.test", of: "\(path)/no") }
            #expect(error?.code == ENOENT)
            #expect(error?.path == "/volumes\(path)/no")
        }
    }

    @Test("a path with a NUL is refused instead of cut short")
    func nul() async throws {
        try await inScratch { mount, path in
            let error = #expect(throws: CephError.self) { try mount.makeDirectory("\(path)/a\0b", mode: 0o700) }
            #expect(error?.code == EINVAL)
            let names = try mount.entries(path)
            #expect(names.isEmpty)
        }
    }

    @Test("a tree is removed whole: many entries, deep, odd names, symlinks not followed")
    func removal() async throws {
        try await inScratch { mount, path in
            try mount.makeDirectory("\(path)/keep", mode: 0o700)
            try mount.makeDirectory("\(path)/keep/this", mode: 0o700)
            try mount.makeDirectory("\(path)/tree", mode: 0o700)
            for number in 0..<1200 { try mount.makeDirectory("\(path)/tree/\(number)", mode: 0o700) }
            var deep = "\(path)/tree/deep"
            for _ in 0..<50 {
                try mount.makeDirectory(deep, mode: 0o700)
                deep += "/d"
            }
            let root = try mount.cPath("\(path)/tree")
            let odd = try root.appending([0xFF, 0xFE, UInt8(ascii: "\n")])
            #expect(ceph_mkdir(mount.handle, odd.chars, 0o700) == 0)
            let link = try root.appending(Array("link".utf8))
            #expect(ceph_symlink(mount.handle, "../keep", link.chars) == 0)
            try mount.removeTree("\(path)/tree")
            #expect(try mount.statusIfPresent("\(path)/tree") == nil)
            #expect(try mount.entries("\(path)/keep").map(\.text) == ["this"])
            try mount.removeTree("\(path)/tree")
        }
    }

    @Test("a removal that is told to stop leaves the rest for later")
    func interrupted() async throws {
        try await inScratch { mount, path in
            for number in 0..<5 { try mount.makeDirectory("\(path)/\(number)", mode: 0o700) }
            var steps = 0
            #expect(throws: CancellationError.self) {
                try mount.removeTree(path) {
                    steps += 1
                    return steps < 4
                }
            }
            #expect(try !mount.entries(path).isEmpty)
        }
    }

    @Test("removing files alone keeps directories, and asks before each file")
    func removingFiles() async throws {
        try await inScratch { mount, path in
            try mount.makeDirectory("\(path)/d", mode: 0o700)
            for name in ["a", "b", "d/c"] { _ = try mount.createFile("\(path)/\(name)", mode: 0o600) }
            var files = [Int]()
            #expect(throws: CancellationError.self) {
                try mount.removeFiles(below: path) {
                    files.append(try! mount.entries(path).count { !$0.status.isDirectory })
                    return files.last! > 1
                }
            }
            #expect(files.last == 1, "it went on after it was told to stop")
            #expect(try mount.entries(path).count == 2)
            try mount.removeFiles(below: path)
            #expect(try mount.entries(path).map(\.text) == ["d"])
            #expect(try mount.entries("\(path)/d").isEmpty)
        }
    }

    @Test("a user without an OSD cap for the namespace can't write, and learns it at the latest at the fsync")
    func withoutOSDCap() async throws {
        try await inScratch { mount, path in
            let error = #expect(throws: CephError.self) {
                let file = try mount.createFile("\(path)/f", mode: 0o600)
                try file.write("data")
                try file.synchronizeData()
            }
            #expect(error?.code == EPERM)
        }
    }

    @Test("a file in the namespace of the user's cap keeps what was written")
    func files() async throws {
        try await inScratch { mount, path in
            try mount.setAttribute("ceph.dir.layout.pool_namespace", of: path, to: "cephfs-csi-meta")
            let file = try mount.createFile("\(path)/f", mode: 0o640)
            try file.write("hello")
            try file.synchronizeData()
            try file.close()
            #expect(try mount.openFile("\(path)/f").read(upTo: 100) == "hello")
            #expect(try mount.status("\(path)/f").size == 5)
            let error = #expect(throws: CephError.self) { try mount.createFile("\(path)/f", mode: 0o640) }
            #expect(error?.code == EEXIST)
        }
    }

    @Test("settling works after changes, without any, and when the directory is gone")
    func settling() async throws {
        try await inScratch { mount, path in
            try mount.flushJournal()
            try mount.flushJournal()
            try mount.makeDirectory("\(path)/a", mode: 0o700)
            try mount.makeDirectory("\(path)/a/b", mode: 0o700)
            try mount.flushJournal()
            try mount.removeTree("\(path)/a")
            try mount.flushJournal()
            #expect(try mount.cPath("/a").parent.text == "/")
            #expect(try mount.cPath("/a/b/c").parent.text == "/a/b")
        }
    }

    @Test("the file system's size is known")
    func statistics() async throws {
        try await inScratch { mount, _ in
            let statistics = try mount.statistics()
            #expect(statistics.totalBytes >= statistics.freeBytes && statistics.freeBytes > 0)
        }
    }
}
