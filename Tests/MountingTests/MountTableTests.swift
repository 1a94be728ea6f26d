import Testing

@testable import Mounting

@Suite struct MountTableTests {
    @Test func `a line with optional fields is read field by field`() throws {
        let line = "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 propagate_from:2 - ext3 /dev/root rw,errors=continue"
        let entry = try #require(MountEntry(line: line[...]))
        #expect(entry.id == 36)
        #expect(entry.parent == 35)
        #expect(entry.device == "98:0")
        #expect(entry.root == "/mnt1")
        #expect(entry.mountPoint == "/mnt2")
        #expect(entry.options == ["rw", "noatime"])
        #expect(entry.type == "ext3")
        #expect(entry.source == "/dev/root")
        #expect(entry.superOptions == ["rw", "errors=continue"])
    }

    @Test(arguments: [
        ("36 35 0:9 / /a rw - tmpfs tmpfs rw", "tmpfs"),
        ("36 35 0:9 / /a rw shared:7 - tmpfs tmpfs rw", "tmpfs"),
        ("36 35 0:9 / /a rw - tmpfs  rw", ""),
        ("36 35 0:9 / /a rw - fuse.ceph-fuse a-b@c.d=/e rw", "a-b@c.d=/e"),
        ("36 35 0:9 / /- rw - tmpfs - rw", "-"),
        ("36 35 0:9 / /a rw - tmpfs \u{301}b rw", "\u{301}b"),
        ("36 35 0:9 / /a rw - tmpfs b\u{301} rw", "b\u{301}"),
    ]) func `the source is found with and without optional fields`(line: String, source: String) throws {
        #expect(try #require(MountEntry(line: line[...])).source == source)
    }

    @Test(arguments: [
        (#"/a\040b"#, "/a b"), (#"/a\011b"#, "/a\tb"), (#"/a\012b"#, "/a\nb"), (#"/a\134b"#, #"/a\b"#),
        (#"/\134040"#, #"/\040"#), (#"/a\04"#, #"/a\04"#), (#"/a\999"#, #"/a\999"#), ("/ü", "/ü"), (#"\040"#, " "),
    ]) func `octal escapes are undone and nothing else`(escaped: String, plain: String) {
        #expect(MountEntry.unescaped(escaped[...]) == plain)
    }

    @Test(arguments: [
        "", "36 35 98:0 / /mnt rw", "36 35 98:0 / /mnt rw shared:1 ext3 x rw", "x 35 98:0 / /mnt rw - ext3 x rw",
        "36 35 98:0 / /mnt rw - ext3",
    ]) func `a line that is none of mountinfo's is left out`(line: String) {
        #expect(MountEntry(line: line[...]) == nil)
        #expect(MountTable(parsing: line + "\n").entries.isEmpty)
    }

    @Test(arguments: [
        ("rw,nosuid", "rw", false), ("ro,nosuid", "rw", true), ("rw", "ro,size=1k", true),
        ("rw", "rw,errors=ro", false),
    ]) func `read-only is what the mount or its file system says`(mount: String, system: String, expected: Bool) throws
    {
        let entry = try #require(MountEntry(line: "1 2 0:9 / /a \(mount) - tmpfs x \(system)"[...]))
        #expect(entry.isReadOnly == expected)
    }

    @Test func `copies by propagation cover the same place and other mounts do not`() throws {
        let table = MountTable(
            parsing: """
                1 1 8:1 / / rw - ext4 /dev/sda1 rw
                2 1 8:1 /var/lib/kubelet /kubelet rw - ext4 /dev/sda1 rw
                10 1 0:50 / /var/lib/kubelet/pods/a rw - fuse.ceph-fuse x rw
                11 2 0:50 / /kubelet/pods/a rw - fuse.ceph-fuse x rw
                12 1 0:50 / /var/lib/kubelet/pods/b rw - fuse.ceph-fuse x rw
                """
        )
        let places = try [10, 11, 12].map { try table.place(of: #require(table.mount(id: $0))) }
        #expect(places[0] == places[1])
        #expect(places[0] != places[2])
        #expect(places[0] == MountTable.Place(device: "8:1", path: "/var/lib/kubelet/pods/a"))
    }

    @Test func `this process's own table has a root`() throws {
        #expect(try MountTable.current().entries.contains { $0.mountPoint == "/" })
    }
}
