import Testing
import Volumes

@testable import Mounting

@Suite struct FuseOptionsTests {
    private func refusal(_ options: [String]) -> String? {
        do {
            _ = try FuseOptions(MountOptions(options))
            return nil
        } catch {
            guard case .invalid(MountOptions.field, let fix) = error else { return "not about the flags: \(error)" }
            return fix
        }
    }

    @Test(arguments: [
        "defaults", "_netdev", "nofail", "auto", "noauto", "comment=x", "x-systemd.automount", "x-", "X-mount.mkdir",
        "x-systemd.requires=/a", "rw",
    ]) func `what is for /etc/fstab's readers reaches neither client`(option: String) throws {
        let options = try MountOptions([option, "noatime"])
        #expect(options.passed == ["noatime"])
        #expect(try KernelOptions(options).client.isEmpty)
        #expect(try FuseOptions(options).libfuse == ["noatime"])
    }

    @Test(arguments: [
        "nodiratime", "diratime", "relatime", "norelatime", "strictatime", "nostrictatime", "lazytime", "nolazytime",
        "symfollow",
    ]) func `what libfuse does not know and changes nothing is left out, and the kernel's client takes it`(
        option: String
    )
        throws
    {
        let options = try MountOptions([option])
        #expect(try FuseOptions(options) == FuseOptions(MountOptions([])))
        #expect(try KernelOptions(options).client.isEmpty)
    }

    @Test func `every option that the kernel's client takes and libfuse does not is refused with where it belongs`()
        throws
    {
        let negated = KernelOptionTable.client.filter { [.onOrOff, .onOffOrName].contains($0.value) }.map {
            "no\($0.key)"
        }
        for name in KernelOptionTable.client.keys + negated + ["nosymfollow"] {
            let text = refusal([name])
            #expect(text?.contains("\"\(name)\"") == true && text?.contains("kernelMountOptions") == true, "\(name)")
        }
    }

    @Test(arguments: [
        "client_oc_size=1", "client-oc-size=1", "fuse_default_permissions=false", "objecter_inflight_ops=9",
    ])
    func `Ceph's own options are arguments and never behind -o`(option: String) throws {
        let options = try FuseOptions(MountOptions(["noatime", option]))
        #expect(options.arguments == ["--\(option)"])
        #expect(options.libfuse == ["noatime"])
    }

    @Test(arguments: ["client_oc", "client_oc_size=", "fuse_big_writes"])
    func `one without a value would take the next argument, and is refused`(option: String) {
        #expect(refusal([option])?.contains("without a value") == true)
    }

    @Test(arguments: [
        "client_mount_timeout=1", "client-mount-uid=0", "client_mount_gid=0", "client_acl_type=",
        "client_metadata=uuid=x",
        "client_permissions=false", "Client_Permissions=false", "client_check_pool_perm=false", "client_quota=false",
    ]) func `Ceph's options that the plugin answers for are refused`(option: String) {
        #expect(refusal([option])?.contains("must not contain") == true)
    }

    @Test func `one class serves both clients by a list for each`() throws {
        var request = StageRequest.sample(options: ["noatime", "_netdev"])
        request.kernelOptions = ["rbytes", "ms_mode=secure"]
        request.fuseOptions = ["client_oc_size=1048576", "max_read=131072"]
        let fuse = try FuseOptions(FuseMounter(MountingOptions()).options(of: request))
        #expect(fuse.libfuse == ["noatime", "max_read=131072"])
        #expect(fuse.arguments == ["--client_oc_size=1048576"])
        let support = KernelSupport(log: { _, _ in }, ask: { .available })
        let kernel = try KernelOptions(KernelMounter(MountingOptions(), support: support).options(of: request))
        #expect(kernel.client == ["rbytes"])
        #expect(kernel.messengerMode == "secure")
    }

    @Test(arguments: ["ro", "rw"]) func `a client's list makes nothing read-only`(option: String) throws {
        var request = StageRequest.sample()
        request.fuseOptions = [option]
        #expect(throws: VolumeError.self) { try FuseMounter(MountingOptions()).options(of: request) }
        request.options = ["ro"]
        request.fuseOptions = []
        #expect(try FuseMounter(MountingOptions()).options(of: request).isReadOnly)
    }

    @Test func `what no request may have is refused in either list, whichever client mounts`() throws {
        let mounts = LinuxNodeMounts(MountingOptions())
        for list in [\StageRequest.kernelOptions, \.fuseOptions] {
            var request = StageRequest.sample()
            request[keyPath: list] = ["secret=QUJD"]
            let error = #expect(throws: VolumeError.self) { try mounts.checked(request) }
            #expect("\(String(describing: error))".contains("credentials"))
            #expect(!"\(String(describing: error))".contains("QUJD"))
        }
    }
}
