import Cryptography
import Testing
import Volumes

@testable import Mounting

@Suite struct MountPathTests {
    @Test(arguments: [
        ("/a", "/", "a", "/a"), ("/a/b", "/a", "b", "/a/b"), ("//a///b//", "/a", "b", "/a/b"),
        ("/a/./b/.", "/a", "b", "/a/b"), ("/a/..b", "/a", "..b", "/a/..b"),
        ("/a/\u{338}b/\u{301}", "/a/\u{338}b", "\u{301}", "/a/\u{338}b/\u{301}"),
    ]) func `an absolute path is split into parent and name`(
        text: String,
        parent: String,
        name: String,
        whole: String
    ) throws {
        let path = try MountPath(text, field: "target_path")
        #expect(path.parent == parent)
        #expect(path.name == name)
        #expect(path.text == whole)
    }

    @Test(arguments: [
        "", "/", "//", "/.", "a/b", "./a", "/a/../b", "/..", "/a/..", "/a\0/b", "/a\0",
        "/a/../\u{338}b", "/../\u{301}", "/a/\u{338}/../b", "/\u{338}/..", "/a/../\u{FE0F}b", "/a/../\u{200D}b",
        "/" + String(repeating: "x", count: 256), String(repeating: "/xxxxxxx", count: 512),
    ]) func `anything else is refused by the field's name`(text: String) {
        let error = #expect(throws: VolumeError.self) { try MountPath(text, field: "target_path") }
        guard case .invalid("target_path", let fix) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(fix.hasPrefix("must "))
    }
}

@Suite struct MountOptionsTests {
    @Test func `harmless options are passed on in order and ro is taken out`() throws {
        let options = try MountOptions(["noatime", "rw", "ro", "max_read=131072", ""])
        #expect(options.passed == ["noatime", "max_read=131072"])
        #expect(options.isReadOnly)
        #expect(try !MountOptions(["rw"]).isReadOnly)
    }

    @Test(arguments: [
        "name=admin", "secret=QUJD", "secretfile=/etc/k", "key=x", "keyring=/k", "keyfile=/k", "recover_session=clean",
        "fsname=x", "subtype=x", "allow_root", "allow_other", "user_id=1", "fd=3", "rootmode=0", "mds_namespace=x",
        "client_fs=x", "client-fs=x", "Client_FS=x", "conf=/x", "mon_host=1", "remount", "bind", "auto_unmount", "id=x",
        "client_mountpoint=/", "client_reconnect_stale=true",
    ]) func `options that the plugin answers for are refused without their value`(option: String) {
        let error = #expect(throws: VolumeError.self) { try MountOptions([option]) }
        guard case .invalid("volume_capability.mount.mount_flags", let fix) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        let name = String(option.prefix { $0 != "=" })
        #expect(fix.contains(name))
        #expect(!fix.contains("QUJD"))
    }

    @Test(arguments: ["noatime,secret=x", "a b", "a\nb", "a\u{1}", "a=\u{7F}", "--id=x", "-o", "=x", "ä", "a=ä"])
    func `what could become another option or argument is refused`(option: String) {
        #expect(throws: VolumeError.self) { try MountOptions([option]) }
    }
}

@Suite struct MountIdentityTests {
    @Test func `different requests never share a source`() {
        func source(_ user: String, _ cluster: String, _ filesystem: String, _ path: String) -> String {
            MountIdentity.source(of: .sample(user: user, cluster: cluster, filesystem: filesystem, path: path))
        }
        #expect(source("csi-node", "prod", "cephfs", "/volumes/csi/v1") == "csi-node@prod.cephfs=/volumes/csi/v1")
        #expect(source("u", "c", "f", "/a,b c%") == "u@c.f=/a%2Cb%20c%25")
        #expect(source("u@c", "d", "f", "/a") != source("u", "c@d", "f", "/a"))
        #expect(source("u", "c", "f=/a", "/b") != source("u", "c", "f", "/a=/b"))
    }
}

@Suite struct CephFuseCommandTests {
    private func arguments(_ request: StageRequest) throws -> [String] {
        CephFuseCommand(
            executable: "/usr/bin/ceph-fuse",
            request: request,
            options: try FuseOptions(MountOptions(request.options)),
            isReadOnly: try MountOptions(request.options).isReadOnly || request.readOnly,
            identity: MountIdentity(type: "fuse.ceph-fuse", source: "SOURCE"),
            mountPoint: "/run/x",
            timeout: .seconds(7)
        ).arguments
    }

    @Test func `the key is not among the arguments`() throws {
        let arguments = try arguments(.sample(key: "AQD9fQNrJFmYIhAAXb2B9AUSNTFSTURLb3By2A=="))
        #expect(!arguments.joined().contains("AQD9"))
        #expect(arguments.contains("--keyfile=/proc/self/fd/3"))
        #expect(arguments.contains("--client_mount_timeout=7"))
    }

    @Test func `values that look like options stay values`() throws {
        let arguments = try arguments(.sample(user: "--setuser=ceph", filesystem: "-f", path: "/-o"))
        #expect(arguments.contains("--id=--setuser=ceph"))
        #expect(arguments.contains("--client_fs=-f"))
        #expect(arguments.contains("--client_mountpoint=/-o"))
    }

    @Test func `ro comes from the request or its options and stands once`() throws {
        #expect(try arguments(.sample()).last == "fsname=SOURCE,subtype=ceph-fuse")
        #expect(try arguments(.sample(readOnly: true)).last == "fsname=SOURCE,subtype=ceph-fuse,ro")
        #expect(
            try arguments(.sample(options: ["ro", "noatime"], readOnly: true)).last
                == "fsname=SOURCE,subtype=ceph-fuse,ro,noatime"
        )
    }
}

@Suite struct CephFuseFailureTests {
    @Test(arguments: [
        ("ceph-fuse[9]: ceph mount failed with (13) Permission denied\n", 13 as Int32?),
        ("ceph-fuse[ceph mount failed with 9]: \nceph mount failed with (110) Connection timed out", 110),
        ("ceph-fuse[9]: ceph client failed with (22) Invalid argument", 22), ("failed with (1", nil),
        ("failed with ()", nil),
        ("failed with x (3)", nil), ("", nil),
    ]) func `the errno is the number in parentheses`(output: String, expected: Int32?) {
        #expect(CephFuseFailure.errno(in: output) == expected)
    }

    @Test(arguments: [
        (1, VolumeError.permissionDenied(missing: "")), (2, .notFound("")), (13, .unauthenticated("")),
        (110, .unavailable("")), (113, .unavailable("")), (4, .unavailable("")), (22, .invalid(field: "", fix: "")),
        (77, .unexpected("")),
    ]) func `each errno has its meaning`(errno: Int, expected: VolumeError) {
        let failure = CephFuseFailure(output: "failed with (\(errno)) x", status: 256, key: Secret("k"))
        #expect(failure.volumeError(for: .sample()).kind == expected.kind)
    }

    @Test func `without an errno the exit code decides`() {
        let refused = CephFuseFailure(output: "fuse: unknown option `x'\n", status: 33 << 8, key: Secret(""))
        #expect(refused.volumeError(for: .sample()).kind == "invalid")
        #expect(refused.words == "fuse: unknown option `x'")
        #expect(
            CephFuseFailure(output: "", status: 9, key: Secret("")).volumeError(for: .sample()).kind == "unexpected"
        )
    }

    @Test func `a line with the key in it is never repeated`() {
        let failure = CephFuseFailure(
            output: "auth: failed to decode key 'SESAME'\nbye",
            status: 256,
            key: Secret("SESAME")
        )
        #expect(failure.words == "bye")
    }
}

@Suite struct ProgramTests {
    @Test func `a program is found in the first absolute directory that has it`() {
        #expect(Program.find("sh", in: "relative:/nonexistent:/bin:/usr/bin") == "/bin/sh")
        #expect(Program.find("sh", in: "") == nil)
        #expect(Program.find("sh", in: "bin:/nonexistent") == nil)
    }

    @Test func `directories and files without the bit are no programs`() {
        #expect(!Program.isExecutable("/bin"))
        #expect(!Program.isExecutable("/etc/passwd"))
    }
}
