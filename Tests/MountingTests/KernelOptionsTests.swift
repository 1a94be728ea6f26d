import Foundation
import Glibc
import Testing
import Volumes

@testable import Mounting

@Suite struct KernelOptionsTests {
    private func parse(_ options: [String], kernel: String = "6.12") throws -> KernelOptions {
        try KernelOptions(MountOptions(options), kernel: #require(KernelVersion(release: kernel)))
    }

    private func refusal(_ option: String, kernel: String = "6.12") -> String? {
        do {
            _ = try parse([option], kernel: kernel)
            return nil
        } catch let VolumeError.invalid("volume_capability.mount.mount_flags", fix) {
            return fix
        } catch {
            return "not about the flags: \(error)"
        }
    }

    @Test func `mounts have no set-user-id programs and no devices unless they are asked for`() throws {
        #expect(try parse([]).flags == UInt(MS_NOSUID | MS_NODEV))
        #expect(try parse(["suid"]).flags == UInt(MS_NODEV))
        #expect(try parse(["dev", "suid"]).flags == 0)
        #expect(try parse(["suid", "nosuid"]).flags == UInt(MS_NOSUID | MS_NODEV))
    }

    @Test(arguments: [
        ("noexec", MS_NOEXEC), ("sync", MS_SYNCHRONOUS), ("dirsync", MS_DIRSYNC), ("noatime", MS_NOATIME),
        ("nodiratime", MS_NODIRATIME), ("relatime", MS_RELATIME), ("strictatime", MS_STRICTATIME),
        ("lazytime", 1 << 25), ("nosymfollow", 1 << 8), ("nolazytime", 0),
    ]) func `options of every file system become flags and no text`(option: String, flag: Int) throws {
        let options = try parse([option])
        #expect(options.flags == UInt(MS_NOSUID | MS_NODEV) | UInt(flag))
        #expect(options.client.isEmpty)
        #expect(refusal(option + "=1")?.contains("takes no value") == true)
    }

    @Test func `an option is taken back by its opposite`() throws {
        #expect(try parse(["noatime", "atime", "noexec", "exec", "sync", "async"]).flags == parse([]).flags)
    }

    @Test(arguments: [
        "wsize=65536", "rsize=65536", "rasize=0", "caps_max=100", "readdir_max_entries=10", "rbytes", "norbytes",
        "dirstat", "nodirstat", "wsync", "nowsync", "fsc", "fsc=tag", "nofsc", "copyfrom", "nocopyfrom", "acl", "noacl",
        "read_from_replica=localize", "read_from_replica=balance", "read_from_replica=no", "crush_location=rack:r1",
        "crush_location=rack:r-1|host:h.1", "mount_timeout=5", "osdkeepalive=5", "abort_on_full", "snapdirname=.s",
        #"context="system_u:object_r:container_file_t:s0:c1,c2""#, "context=system_u:object_r:x_t:s0",
    ]) func `options of the client are passed on as they are`(option: String) throws {
        #expect(try parse([option]).client == [option])
    }

    @Test(arguments: [
        ("wsize", "needs a value"), ("wsize=", "number"), ("wsize=1", "number"), ("wsize=1x", "number"),
        ("wsize=-1", "number"), ("rbytes=1", "takes no value"), ("norbytes=1", "takes no value"),
        ("nowsize=1", "no such option"), ("read_from_replica=yes", "no, balance, localize"),
        ("ms_mode=v2", "prefer-crc"), ("mount_timeout=0", "1 to 3600"), ("crush_location=rack", "type:name"),
        ("crush_location=rack:|host:x", "type:name"), ("snapdirname=../x", "letters"), ("fsc=a/b", "letters"),
        ("abort_on_full=1", "takes no value"), ("noabort_on_full", "no such option"),
    ]) func `a wrong value is refused by the option's name and what would be right`(option: String, part: String) {
        let text = refusal(option)
        #expect(text?.contains(part) == true, "\(String(describing: text))")
        #expect(text?.contains("\"" + String(option.prefix { $0 != "=" }) + "\"") == true)
    }

    @Test(arguments: [
        ("wszie=1", "wsize"), ("rbyte", "rbytes"), ("noatme", "noatime"), ("nodirstats", "nodirstat"),
        ("read_from_replicas=no", "read_from_replica"),
    ]) func `an unknown option is answered with the known one that is most like it`(option: String, near: String) {
        #expect(refusal(option)?.contains("did you mean \"\(near)\"?") == true)
    }

    @Test(arguments: ["client_oc=false", "max_read=131072", "big_writes", "x"])
    func `an option of ceph-fuse's alone is refused without a guess`(option: String) {
        #expect(refusal(option)?.contains("no such option.") == true)
    }

    @Test func `options that came later are refused with the version that has them`() {
        #expect(refusal("sparseread", kernel: "6.1.0")?.contains("Linux 6.6") == true)
        #expect(refusal("sparseread", kernel: "6.6.1") == nil)
        #expect(refusal("nopagecache", kernel: "5.14")?.contains("Linux 5.17") == true)
    }

    @Test func `ms_mode and mount_timeout are taken out for what else they decide`() throws {
        let options = try parse(["ms_mode=secure", "mount_timeout=7"])
        #expect(options.messengerMode == "secure")
        #expect(options.timeout == .seconds(7))
        #expect(options.client == ["mount_timeout=7"])
    }

    @Test(arguments: [
        "recover_session=clean", "nopoolperm", "norequire_active_mds", "nocephx_require_signatures",
        "nocephx_sign_messages", "share", "noshare", "source=x", "secret=x", "key=x", "name=x", "fsid=x", "mon_addr=x",
    ]) func `what breaks safety or names credentials is refused for every client`(option: String) {
        #expect(throws: VolumeError.self) { try MountOptions([option]) }
    }

    @Test(arguments: [
        #"context="a,b",secret=x"#, #"context="a,b"#, #"context=a,b"#, #"context=a"b,c"d"#, "context", "context=",
        #"context="""#, #"wsize="1,2""#, #"context="a b""#, #"context="a\""#, #"context=""a,b"""#,
    ]) func `commas stand between the quotes of a label and nowhere else`(option: String) {
        #expect(throws: VolumeError.self) { try MountOptions([option]) }
    }

    @Test func `a label is refused by name where SELinux is off`() throws {
        let options = try MountOptions(["noatime", #"context="a:b:c:s0:c1,c2""#])
        try SELinux.check(options, filesystems: "nodev\tproc\nnodev\tselinuxfs\n\text4\n")
        let error = #expect(throws: VolumeError.self) {
            try SELinux.check(options, filesystems: "nodev\tproc\n\text4\n")
        }
        #expect("\(String(describing: error))".contains("SELinux is off"))
        try SELinux.check(MountOptions(["noatime"]), filesystems: "")
    }

    @Test func `a label reaches libfuse with its commas escaped`() throws {
        let label = #"context="system_u:object_r:container_file_t:s0:c1,c2""#
        let command = CephFuseCommand(
            executable: "/x",
            request: .sample(),
            options: try FuseOptions(MountOptions(["noatime", label])),
            isReadOnly: false,
            identity: MountIdentity(type: "fuse.ceph-fuse", source: "SOURCE"),
            mountPoint: "/run/x",
            timeout: .seconds(7)
        )
        #expect(
            command.arguments.last
                == #"fsname=SOURCE,subtype=ceph-fuse,noatime,context="system_u:object_r:container_file_t:s0:c1\,c2""#
        )
    }
}

@Suite struct KernelVersionTests {
    @Test(arguments: [
        ("6.1.0-18-amd64", 6, 1), ("5.15.0+", 5, 15), ("6.12-rc1", 6, 12), ("4.18.0-553.el8.x86_64", 4, 18),
        ("10.2", 10, 2),
    ]) func `the first two numbers of the release count`(release: String, major: Int, minor: Int) {
        #expect(KernelVersion(release: release) == KernelVersion(major: major, minor: minor))
    }

    @Test(arguments: ["", "6", "x.y", ".1", "six.1"]) func `what is no release is none`(release: String) {
        #expect(KernelVersion(release: release) == nil)
    }

    @Test func `versions are ordered by number and not by text`() {
        #expect(KernelVersion(major: 5, minor: 9) < KernelVersion(major: 5, minor: 11))
        #expect(KernelVersion(major: 5, minor: 17) < KernelVersion(major: 6, minor: 1))
        #expect(KernelVersion.current > KernelVersion(major: 2, minor: 6))
    }
}
