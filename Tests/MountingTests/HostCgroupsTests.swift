import Testing

@testable import Mounting

@Suite struct HostCgroupsTests {
    private let both = """
        30 1 0:30 / /host/sys/fs/cgroup rw - tmpfs tmpfs rw
        31 30 0:31 / /host/sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
        32 30 0:32 / /host/sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct
        33 30 0:33 / /host/sys/fs/cgroup/systemd rw - cgroup cgroup rw,name=systemd
        34 1 0:31 /kubepods/pod1 /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory

        """

    private func cgroups(_ membership: String, _ table: String) -> HostCgroups {
        HostCgroups(membership: membership, table: MountTable(parsing: table))
    }

    @Test func `of v1 each hierarchy is left by its root, and the container's own view of it is no root`() {
        let membership = "4:cpu,cpuacct:/kubepods/pod1\n3:memory:/kubepods/pod1\n1:name=systemd:/x\n2:pids:/\n"
        let found = cgroups(membership, both)
        #expect(
            found.doors == [
                "/host/sys/fs/cgroup/cpu,cpuacct/cgroup.procs", "/host/sys/fs/cgroup/memory/cgroup.procs",
                "/host/sys/fs/cgroup/systemd/cgroup.procs",
            ]
        )
        #expect(found.closed.isEmpty)
    }

    @Test func `of v2 there is one`() {
        let table = "31 1 0:31 / /sys/fs/cgroup rw - cgroup2 cgroup rw,nsdelegate\n"
        let found = cgroups("0::/kubepods.slice/pod1\n", table)
        #expect(found.doors == ["/sys/fs/cgroup/cgroup.procs"])
    }

    @Test func `a process in no group but the roots stays`() {
        let found = cgroups("0::/\n", "31 1 0:31 / /sys/fs/cgroup rw - cgroup2 cgroup rw\n")
        #expect(found.doors.isEmpty && found.closed.isEmpty)
    }

    @Test func `a root that is not seen, read-only, or behind a cgroup namespace is closed`() {
        #expect(cgroups("3:memory:/kubepods/pod1\n", "").closed == ["3:memory:/kubepods/pod1"])
        #expect(cgroups("0::/pod1\n", "31 1 0:31 / /sys/fs/cgroup ro - cgroup2 cgroup rw\n").closed == ["0::/pod1"])
        #expect(cgroups("0::/\n", "31 1 0:31 /../.. /host/sys/fs/cgroup rw - cgroup2 cgroup rw\n").closed == ["0::/"])
    }
}
