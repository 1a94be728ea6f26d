import CCeph
import Cryptography
import Foundation
import Testing

@testable import Ceph

/// Runs `body` with a scratch directory that has `victim/inner`, a directory with a file and an attribute, and symbolic
/// links to both.
@Suite("No call by path follows a symbolic link", .usesCluster) struct FollowingTests {
    private func planted(_ body: @escaping @Sendable (CephFSMount, String) throws -> Void) async throws {
        let dev = try DevCluster()
        let connections = CephConnections(identity: "following-\(UUID())")
        let admin = Secret(try dev.ceph("auth", "get-key", "client.admin"))
        try await connections.run(dev.settings(user: "admin", key: admin), "following") { mount in
            let path = "/following-\(UUID())"
            try mount.makeDirectory(path, mode: 0o700)
            defer { try? mount.removeTree(path) }
            try mount.makeDirectory("\(path)/victim", mode: 0o700)
            try mount.makeDirectory("\(path)/victim/inner", mode: 0o700)
            let file = try mount.createFile("\(path)/victim/inner/file", mode: 0o600)
            try file.write("kept")
            try file.close()
            try mount.setAttribute("user.kept", of: "\(path)/victim/inner", to: "yes")
            let scratch = try mount.directory(path)
            _ = try scratch.makeSymlink(Array("link".utf8), to: Array("victim".utf8))
            _ = try scratch.makeSymlink(Array("end".utf8), to: Array("victim/inner".utf8))
            _ = try scratch.makeSymlink(Array("name".utf8), to: Array("victim/inner/file".utf8))
            try body(mount, path)
            #expect(try mount.entries("\(path)/victim/inner").map(\.text) == ["file"])
            #expect(try mount.attribute("user.kept", of: "\(path)/victim/inner") == "yes")
            #expect(try mount.openFile("\(path)/victim/inner/file").read(upTo: 9) == "kept")
            #expect(try mount.status("\(path)/victim/inner").mode == 0o700)
            #expect(try mount.entries("\(path)/victim/.snap").isEmpty)
        }
        await connections.close()
    }

    private typealias Call = @Sendable (_ mount: CephFSMount, _ path: String) throws -> Void

    /// Every call that takes the path of a directory.
    private static let onDirectories: [(String, Call)] = [
        ("setAttribute", { try $0.setAttribute("user.kept", of: $1, to: "no") }),
        ("attribute", { _ = try $0.attribute("user.kept", of: $1) }),
        ("removeAttribute", { try $0.removeAttribute("user.kept", of: $1) }),
        ("addAttribute", { try $0.addAttribute("user.new", of: $1, "x") }),
        ("entries", { _ = try $0.entries($1) }),
        ("names", { _ = try $0.names($1) { _ in true } }),
        ("setOwner", { try $0.setOwner($1, uid: 7, gid: 7) }),
        ("setMode", { try $0.setMode($1, 0o777) }),
        ("makeSnapshot", { try $0.makeSnapshot(of: $1, name: "s") }),
        ("snapshotInfo", { _ = try $0.snapshotInfo(of: $1, name: "s") }),
        ("removeTree", { try $0.removeTree($1) }),
        ("removeFiles", { try $0.removeFiles(below: $1) }),
        ("makeDirectory", { try $0.makeDirectory("\($1)/new", mode: 0o700) }),
        ("createFile", { _ = try $0.createFile("\($1)/new", mode: 0o600) }),
        ("status", { _ = try $0.status("\($1)/file") }),
        ("entryCount", { _ = try $0.entryCountIfPresent("\($1)/file") }),
        ("node", { _ = try $0.node("\($1)/file") }),
        ("openFile", { _ = try $0.openFile("\($1)/file") }),
        ("unlink", { try $0.unlink("\($1)/file") }),
        ("removeDirectory", { try $0.removeDirectory("\($1)/file") }),
        ("rename from", { try $0.rename("\($1)/file", to: "/following-stolen") }),
        ("rename to", { try $0.rename($1, to: "\($1)/new") }),
    ]

    @Test("every call refuses a link on the way and at the end of a directory's path with ELOOP, and names it")
    func refused() async throws {
        try await planted { mount, path in
            for (name, call) in Self.onDirectories {
                for (place, link) in [("link/inner", "link"), ("end", "end")] {
                    let error = #expect(throws: CephError.self, "\(name) of \(place)") {
                        try call(mount, "\(path)/\(place)")
                    }
                    #expect(error?.code == ELOOP, "\(name) of \(place): \(error.map { "\($0)" } ?? "")")
                    #expect(error?.path == "/volumes\(path)/\(link)", "\(name) of \(place)")
                }
            }
        }
    }

    @Test("a link at the end of a path is itself: told, renamed and removed as one, never opened")
    func itself() async throws {
        try await planted { mount, path in
            #expect(try !mount.status("\(path)/name").isDirectory)
            #expect(try mount.node("\(path)/name").status().kind == .symlink)
            for replacing in [false, true] {
                #expect(throws: CephError.self) {
                    try mount.createFile("\(path)/name", mode: 0o600, replacing: replacing)
                }
            }
            #expect(throws: CephError.self) { try mount.openFile("\(path)/name") }
            try mount.rename("\(path)/name", to: "\(path)/moved")
            try mount.unlink("\(path)/moved")
            #expect(throws: CephError.self) { try mount.rename("\(path)/victim", to: "\(path)/end") }
        }
    }

    @Test("paths with . or .. are refused, also where a slash and what combines with it are one character")
    func upwards() async throws {
        try await planted { mount, path in
            for odd in ["\(path)/victim/../victim/inner", "\(path)/./victim", "\(path)/victim/\u{301}/../inner"] {
                let error = #expect(throws: CephError.self) { try mount.entries(odd) }
                #expect(error?.code == EINVAL, "\(odd)")
            }
        }
    }

    @Test(
        "a directory that is replaced by a link while its tree is removed is not followed",
        arguments: [false, true],
        1...3
    )
    func swapped(emptiesOnly: Bool, swapsAt: Int) async throws {
        try await planted { mount, path in
            try mount.makeDirectory("\(path)/tree", mode: 0o700)
            try mount.makeDirectory("\(path)/tree/a", mode: 0o700)
            try mount.makeDirectory("\(path)/tree/a/b", mode: 0o700)
            var steps = 0
            let swap = {
                steps += 1
                if steps == swapsAt {
                    try? mount.rename("\(path)/tree/a", to: "\(path)/aside")
                    _ = try? mount.directory("\(path)/tree").makeSymlink(
                        Array("a".utf8),
                        to: Array("../victim/inner".utf8)
                    )
                }
                return true
            }
            if emptiesOnly {
                try mount.removeFiles(below: "\(path)/tree", while: swap)
                #expect(steps >= swapsAt)
            } else {
                // The link may have come when the name's turn to be removed as a directory had come: the next one takes it.
                try? mount.removeTree("\(path)/tree", while: swap)
                #expect(steps >= swapsAt)
                try mount.removeTree("\(path)/tree")
                #expect(try mount.statusIfPresent("\(path)/tree") == nil)
            }
        }
    }
}
