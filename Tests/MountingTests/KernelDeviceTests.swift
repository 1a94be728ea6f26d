import Glibc
import Testing
import Volumes

@testable import Mounting

private let fsid = "e1483d25-66db-4ccb-94e0-9167844c9e56"

private func request(fsid: String? = fsid, user: String = "csi-node", path: String = "/volumes/csi/v1") -> StageRequest
{
    var request = StageRequest.sample(user: user, monitors: ["10.0.0.1:6789", "10.0.0.2:6789"], path: path)
    request.cluster.fsid = fsid
    return request
}

@Suite struct KernelDeviceTests {
    private func device(_ request: StageRequest, options: [String] = [], kernel: String = "6.1") throws -> KernelDevice
    {
        let version = try #require(KernelVersion(release: kernel))
        let options = try KernelOptions(MountOptions(options), kernel: version)
        let monitors = try KernelMonitors(of: request.cluster, wanted: options.messengerMode, kernel: version)
        return try KernelDevice(
            request,
            monitors: monitors,
            options: options,
            timeout: .seconds(9),
            kernel: version
        )
    }

    @Test func `a cluster with an id is named by it where the kernel knows that`() throws {
        let device = try device(request())
        #expect(device.source == "csi-node@\(fsid).cephfs=/volumes/csi/v1")
        #expect(
            device.data == "noshare,norequire_active_mds,key=client.csi-node,mount_timeout=9,"
                + "mon_addr=10.0.0.1:6789/10.0.0.2:6789"
        )
    }

    @Test func `without an id, or before 5.17, the monitors are in the source`() throws {
        for device in [try device(request(fsid: nil)), try device(request(), kernel: "5.16.9")] {
            #expect(device.source == "10.0.0.1:6789,10.0.0.2:6789:/volumes/csi/v1")
            #expect(
                device.data == "noshare,norequire_active_mds,key=client.csi-node,mount_timeout=9,name=csi-node,"
                    + "mds_namespace=cephfs"
            )
        }
    }

    @Test func `the key is in neither, and every mount has a superblock of its own`() throws {
        for kernel in ["5.15", "6.1"] {
            let device = try device(request(), kernel: kernel)
            #expect(!device.source.contains("AQD9"))
            #expect(!device.data.contains("AQD9"))
            #expect(device.data.split(separator: ",").contains("noshare"))
        }
    }

    @Test func `the options' time-out counts where they have one`() throws {
        let data = try device(request(), options: ["mount_timeout=3", "rbytes"]).data
        #expect(data.contains("mount_timeout=3"))
        #expect(!data.contains("mount_timeout=9"))
        #expect(data.hasSuffix(",rbytes"))
    }

    @Test(arguments: ["a,b", "a@b", "a/b", "a=b", "a b", "ä"])
    func `a user that would end an option early is refused`(user: String) {
        #expect(throws: VolumeError.self) { try device(request(user: user)) }
    }

    @Test func `more text than mount takes is refused`() {
        var long = request()
        long.cluster.monitors = (1...300).map { "10.0.\($0 / 250).\($0 % 250):6789" }
        #expect(throws: VolumeError.self) { try device(long) }
    }
}

@Suite struct KernelIdentityTests {
    private func entry(_ source: String, _ options: String = "rw,name=csi-node,secret=<hidden>") throws -> MountEntry {
        try #require(MountEntry(line: "35 29 0:31 / /s rw,nosuid,nodev - ceph \(source) \(options)"[...]))
    }

    private let old = "rw,name=csi-node,secret=<hidden>,noshare,acl,mds_namespace=cephfs"

    @Test func `both syntaxes show the same volume, whatever the monitors`() throws {
        let identity = KernelIdentity(request())
        #expect(identity.matches(try entry("csi-node@\(fsid).cephfs=/volumes/csi/v1")))
        #expect(identity.matches(try entry("10.9.9.9:6789:/volumes/csi/v1", old)))
        #expect(identity.matches(try entry("[fd00::1]:3300,10.0.0.1:3300:/volumes/csi/v1", old)))
        #expect(KernelIdentity(request(fsid: nil)).matches(try entry("csi-node@\(fsid).cephfs=/volumes/csi/v1")))
    }

    @Test func `another path, user, file system or cluster is another volume`() throws {
        let identity = KernelIdentity(request())
        let other = "11111111-2222-3333-4444-555555555555"
        for source in [
            "csi-node@\(fsid).cephfs=/volumes/csi/v12", "csi-node@\(fsid).cephfs=/csi/v1",
            "csi-node2@\(fsid).cephfs=/volumes/csi/v1", "node@\(fsid).cephfs=/volumes/csi/v1",
            "csi-node@\(fsid).cephfs2=/volumes/csi/v1", "csi-node@\(other).cephfs=/volumes/csi/v1", "cephfs",
        ] {
            #expect(!identity.matches(try entry(source)), "\(source)")
        }
        #expect(!identity.matches(try entry("10.0.0.1:6789:/x/volumes/csi/v1", old)))
        #expect(!identity.matches(try entry("10.0.0.1:6789:/volumes/csi/v1", "rw,name=csi-node")))
        #expect(!identity.matches(try entry("10.0.0.1:6789:/volumes/csi/v1", "rw,name=x,mds_namespace=cephfs")))
        #expect(!identity.matches(try entry("10.0.0.1:6789:/volumes/csi/v1", "rw,name=csi-node,mds_namespace=cephfs2")))
    }

    @Test func `another type is none of the kernel's`() throws {
        let line = "35 29 0:31 / /s rw - fuse.ceph-fuse csi-node@\(fsid).cephfs=/volumes/csi/v1 rw"
        #expect(!KernelIdentity(request()).matches(try #require(MountEntry(line: line[...]))))
    }

    @Test func `paths with blanks, commas and doubled slashes are recognised`() throws {
        let identity = KernelIdentity(request(path: "/volumes//a b,c/"))
        #expect(identity.matches(try entry(#"csi-node@\#(fsid).cephfs=/volumes/a\040b,c"#)))
    }
}

@Suite struct KernelMountFailureTests {
    private func kind(_ errno: Int32, early: Bool = true, connects: Bool = false) -> String {
        KernelMountFailure(errno: errno, cameEarly: early, monitorsTakeConnections: connects)
            .volumeError(for: request()).kind
    }

    @Test(arguments: [
        (EACCES, "permissionDenied"), (EPERM, "permissionDenied"), (ENOENT, "notFound"), (ENOKEY, "unauthenticated"),
        (EKEYREJECTED, "unauthenticated"), (EKEYEXPIRED, "unauthenticated"), (EKEYREVOKED, "unauthenticated"),
        (ETIMEDOUT, "unavailable"), (EIO, "unavailable"), (ECONNREFUSED, "unavailable"), (ENETUNREACH, "unavailable"),
        (ECONNRESET, "unavailable"), (ENOTCONN, "unavailable"), (EINVAL, "invalid"), (ENODEV, "preconditionFailed"),
        (ESHUTDOWN, "unavailable"), (ENOMEM, "unavailable"), (ENFILE, "unavailable"), (EMFILE, "unavailable"),
        (ENOSPC, "unavailable"), (EAGAIN, "unavailable"), (ENOTTY, "unexpected"), (0, "unexpected"),
    ]) func `each errno has its meaning`(errno: Int32, expected: String) {
        #expect(kind(errno) == expected)
    }

    @Test func `an unreachable host is a refusal when it comes at once and silence when it takes the whole time`() {
        #expect(kind(EHOSTUNREACH, early: true) == "unauthenticated")
        #expect(kind(EHOSTUNREACH, early: false) == "unavailable")
        let silent = KernelMountFailure(errno: EHOSTUNREACH, cameEarly: false, monitorsTakeConnections: false)
        #expect("\(silent.volumeError(for: request()))".contains("takes connections from this node (10.0.0.1:6789"))
        let busy = KernelMountFailure(errno: EHOSTUNREACH, cameEarly: false, monitorsTakeConnections: true)
        #expect("\(busy.volumeError(for: request()))".contains("no active MDS"))
    }
}

@Suite struct KernelSupportTests {
    @Test func `a yes is asked for once, and said once`() {
        let asked = Counter()
        let said = Lines()
        let support = KernelSupport(patience: .zero, log: said.log) { asked.next() > 1 ? .available : .missing("none") }
        #expect(support.answer == .missing("none"))
        for _ in 0..<3 { #expect(support.answer == .available) }
        #expect(asked.count == 2)
        #expect(said.all.count == 2)
        #expect(said.all.first?.contains("ceph-fuse: none") == true)
        #expect(said.all.last?.contains("kernel's") == true)
    }

    @Test func `a no is believed for a while`() {
        let asked = Counter()
        let support = KernelSupport(patience: .seconds(60), log: { _, _ in }) {
            asked.next() > 1 ? .available : .missing("none")
        }
        for _ in 0..<3 { #expect(support.answer == .missing("none")) }
        #expect(asked.count == 1)
    }

    @Test(arguments: [(ENODEV, "module ceph"), (EPERM, "CAP_SYS_ADMIN"), (ENOSYS, "5.2"), (EMFILE, "errno 24")])
    func `why there is none is told from the errno`(errno: Int32, part: String) {
        #expect(KernelSupport.reason(errno).contains(part))
    }
}
