import Ceph
import Glibc

/// One directory for each thing that a copy may get wrong.
extension SampleTree {
    func makeNames(in root: CephNode) throws {
        let directory = try root.makeDirectory(bytes("names"), mode: 0o755).node
        let names: [[UInt8]] = [
            bytes("with space"), bytes(" leading"), bytes("trailing "), bytes("new\nline"), bytes("tab\t"),
            bytes("-dash"), bytes("quote\"'`$(x)"), bytes("back\\slash"), bytes("*?["), bytes("..."), bytes("é日本"),
            [0xFF, 0xFE, 0x80], [1, 2, 3, 0x7F], bytes(String(repeating: "n", count: 250)),
            [UInt8](repeating: 0xE9, count: 255),
        ]
        for (number, name) in names.enumerated() {
            let child = try directory.makeDirectory([UInt8(ascii: "D")] + name.prefix(254), mode: 0o700).node
            let file = try child.createFile(name, mode: 0o644)
            try Self.write(Self.content(number, 333), to: file, at: 0)
            try Self.date(file.node, number)
            try Self.date(child, number)
        }
        try Self.date(directory, 1)
    }

    func makeDepth(in root: CephNode) throws {
        // One that a path can still name (PATH_MAX is 4096), and one that none can.
        try Self.chain("deep", levels: 60, nameLength: 50, in: root)
        try Self.chain("deeper than a path", levels: 60, nameLength: 120, in: root)
    }

    private static func chain(_ name: String, levels: Int, nameLength: Int, in root: CephNode) throws {
        var directories = [try root.makeDirectory(Array(name.utf8), mode: 0o755).node]
        for level in 0..<levels {
            let name = [UInt8](repeating: UInt8(ascii: "a") + UInt8(level % 26), count: nameLength)
            directories.append(try directories[level].makeDirectory(name, mode: 0o751).node)
        }
        try date(file("bottom", in: directories[levels], [1, 2, 3]), 9)
        for (level, directory) in directories.enumerated().reversed() { try date(directory, level) }
    }

    func makeSparse(in root: CephNode) throws {
        let directory = try root.makeDirectory(bytes("sparse"), mode: 0o755).node
        let huge = try directory.createFile(bytes("huge"), mode: 0o600)
        let half = sparseBytes / 2 + 12_345
        for (number, offset) in [0, half, sparseBytes - 1000].enumerated() {
            try Self.write(Self.content(number, 1000), to: huge, at: offset)
        }
        let endsInHole = try directory.createFile(bytes("ends in a hole"), mode: 0o600)
        try Self.write(Self.content(9, 70_000), to: endsInHole, at: 200_000)
        try Self.size(endsInHole.node, 900_000)
        let long = try directory.createFile(bytes("ends in a long hole"), mode: 0o600)
        try Self.write(Self.content(9, 70_000), to: long, at: 9_000_000)
        try Self.size(long.node, 20_000_001)
        let nothing = try directory.createFile(bytes("only a hole"), mode: 0o600)
        try Self.size(nothing.node, 5_000_000)
        let small = try directory.createFile(bytes("small hole"), mode: 0o600)
        try Self.size(small.node, 77)
        for (number, file) in [huge, endsInHole, long, nothing, small].enumerated() { try Self.date(file.node, number) }
        try Self.date(directory, 8)
    }

    func makeLinks(in root: CephNode) throws {
        let directory = try root.makeDirectory(bytes("links"), mode: 0o755).node
        let near = try directory.makeDirectory(bytes("near"), mode: 0o755).node
        let far = try near.makeDirectory(bytes("far"), mode: 0o755).node
        for number in 0..<20 {
            let file = try Self.file("a\(number)", in: near, Self.content(number, number * 100))
            try Self.date(file, number)
            try file.link(bytes("b\(number)"), in: far)
            try file.link(bytes("c\(number)"), in: directory)
        }
        let large = try Self.file("large", in: far, Self.content(3, 9 << 20))
        try Self.date(large, 4)
        try large.link(bytes("large too"), in: near)
        let symlink = try near.makeSymlink(bytes("symlink"), to: bytes("a0")).node
        try symlink.link(bytes("symlink too"), in: far)
        let pipe = try near.makeSpecial(bytes("pipe"), type: S_IFIFO, mode: 0o640, device: 0).node
        try Self.date(pipe, 3)
        try pipe.link(bytes("pipe too"), in: far)
        for (number, directory) in [far, near, directory].enumerated() { try Self.date(directory, number) }
    }

    func makeSpecials(in root: CephNode) throws {
        let directory = try root.makeDirectory(bytes("special"), mode: 0o755).node
        let nodes: [(String, UInt32, UInt64)] = [
            ("pipe", S_IFIFO, 0), ("socket", S_IFSOCK, 0), ("null", S_IFCHR, 1 << 8 | 3), ("sda", S_IFBLK, 8 << 8),
            // Major 259, minor 70000: beyond a byte each.
            ("nvme", S_IFBLK, 259 << 8 | 70_000 & 0xFF | (70_000 & ~0xFF) << 12),
        ]
        for (number, node) in nodes.enumerated() {
            let made = try directory.makeSpecial(bytes(node.0), type: node.1, mode: 0o4751, device: node.2).node
            var changes = CephNodeChanges()
            changes.owner = (UInt32(number), 12)
            changes.mode = 0o640
            try made.set(changes)
            try Self.date(made, number)
        }
        let targets = ["../names", "nowhere", "/etc/passwd", ".", "../../../..", String(repeating: "t/", count: 2000)]
        for (number, target) in targets.enumerated() {
            let link = try directory.makeSymlink(bytes("link\(number)"), to: bytes(target)).node
            var changes = CephNodeChanges()
            changes.owner = (1000, UInt32(number))
            try link.set(changes)
            try Self.date(link, number)
        }
        _ = try directory.makeSymlink([0xC0, 0xAF], to: [0xFF, UInt8(ascii: "\n"), 0x80])
        try Self.date(directory, 3)
    }

    func makeModes(in root: CephNode) throws {
        let directory = try root.makeDirectory(bytes("modes"), mode: 0o755).node
        for (number, mode) in ([0, 0o1777, 0o2755, 0o4755, 0o6777, 0o7000] as [UInt16]).enumerated() {
            for isFile in [true, false] {
                let name = "\(isFile ? "file" : "directory")\(number)"
                let node =
                    try isFile
                    ? Self.file(name, in: directory, bytes("mode"))
                    : directory.makeDirectory(bytes(name), mode: 0o700).node
                if !isFile { try Self.date(Self.file("inside", in: node, [1, 2, 3]), 7) }
                var changes = CephNodeChanges()
                changes.owner = (UInt32.max - 1, 4_000_000_000)
                changes.mode = mode
                try node.set(changes)
                try Self.date(node, number)
            }
        }
        try Self.date(directory.makeDirectory(bytes("empty"), mode: 0o755).node, 2)
        try Self.date(directory, 4)
    }

    static func size(_ node: CephNode, _ size: UInt64) throws {
        var changes = CephNodeChanges()
        changes.size = size
        try node.set(changes)
    }
}

/// Extended attributes and ACLs.
extension SampleTree {
    func makeAttributes(in root: CephNode) throws {
        let directory = try root.makeDirectory(bytes("attributes"), mode: 0o755).node
        let file = try Self.file("file", in: directory, bytes("x"))
        let symlink = try directory.makeSymlink(bytes("symlink"), to: bytes("file")).node
        for node in [file, directory] {
            try node.setAttribute(bytes("user.text"), to: bytes("value"))
            try node.setAttribute(bytes("user.empty"), to: [])
            try node.setAttribute(bytes("user.bytes"), to: [0, 255, 10, 0])
            try node.setAttribute(bytes("user.long"), to: [UInt8](repeating: 7, count: 5000))
            try node.setAttribute(bytes("user.é"), to: [1])
            for number in 0..<30 { try node.setAttribute(bytes("user.n\(number)"), to: bytes("\(number)")) }
        }
        try symlink.setAttribute(bytes("trusted.on-a-link"), to: [1])
        // A capability as setcap(8) stores it: cap_net_bind_service=ep.
        try file.setAttribute(bytes("security.capability"), to: [1, 0, 0, 2, 0, 4] + [UInt8](repeating: 0, count: 14))
        let shared = try directory.makeDirectory(bytes("shared"), mode: 0o770).node
        let before = try Self.file("before", in: shared, bytes("no ACL"))
        try shared.setAttribute(bytes("system.posix_acl_default"), to: Self.acl(user: 1000, permissions: 7))
        try shared.setAttribute(bytes("system.posix_acl_access"), to: Self.acl(user: 1001, permissions: 5))
        let after = try Self.file("after", in: shared, bytes("inherits"))
        let inside = try shared.makeDirectory(bytes("inside"), mode: 0o770).node
        try file.setAttribute(bytes("system.posix_acl_access"), to: Self.acl(user: 1002, permissions: 6))
        for (number, node) in [before, after, inside, shared, file, symlink, directory].enumerated() {
            try Self.date(node, number)
        }
    }

    /// acl(5) as the kernel stores it: version 2, then tag, permissions and id of each entry.
    static func acl(user: UInt32, permissions: UInt16) -> [UInt8] {
        let none = UInt32.max
        let entries: [(tag: UInt16, permissions: UInt16, id: UInt32)] = [
            (0x01, 6, none), (0x02, permissions, user), (0x04, 5, none), (0x10, 7, none), (0x20, 0, none),
        ]
        let little: (UInt32, Int) -> [UInt8] = { value, count in
            (0..<count).map { UInt8(truncatingIfNeeded: value >> UInt32($0 * 8)) }
        }
        return little(2, 4)
            + entries.flatMap { little(UInt32($0.tag), 2) + little(UInt32($0.permissions), 2) + little($0.id, 4) }
    }
}
