"""What the kernel's own client does with the mount options, keys and errors that the plugin builds upon."""

import errno
import os
import pathlib
import subprocess
import threading
import time

import pytest

from clients import number_of
from harness import kernel

MOUNT_TIMEOUT = 6


def knows_ceph():
    return "\tceph\n" in pathlib.Path("/proc/filesystems").read_text()


class TestProbe:
    """fsopen("ceph") says whether this kernel can mount CephFS, and loads the module where there is one."""

    @pytest.fixture
    def unloaded(self):
        subprocess.run(["modprobe", "-r", "ceph"], check=True)
        assert not knows_ceph()
        yield
        subprocess.run(["modprobe", "ceph"], check=True)

    def test_loads_the_module(self, unloaded):
        os.close(kernel.fsopen("ceph"))
        assert knows_ceph()

    def test_without_a_module(self, unloaded):
        kernel.mount("none", "/lib/modules", "", filesystem="tmpfs")
        try:
            assert number_of(kernel.fsopen, "ceph") == errno.ENODEV
        finally:
            kernel.umount("/lib/modules")
        assert not knows_ceph()

    def test_mount_loads_the_module_and_add_key_does_not(self, clients, unloaded):
        assert number_of(kernel.add_ceph_key, "node", clients.secret) == errno.ENODEV
        assert not knows_ceph()
        source, options = clients.new()
        clients.mount((source, options.replace("key=node", f"secret={clients.secret}")))


class TestSyntax:
    @pytest.fixture(params=["old-v1", "old-v2", "new"])
    def words(self, request, clients):
        return {
            "old-v1": clients.old(),
            "old-v2": clients.old(monitor=clients.v2, extra=",ms_mode=prefer-crc"),
            "new": clients.new(),
        }[request.param]

    def test_files(self, clients, words):
        path = clients.mount(words)
        (path / "file").write_text("text")
        descriptor = os.open(path, os.O_RDONLY)
        kernel.syncfs(descriptor)
        os.close(descriptor)
        assert (path / "file").read_text() == "text"
        assert clients.admin.read(f"{clients.volume}/file") == "text"

    def test_tables(self, clients, words):
        path = clients.mount(words)
        root, source, options = clients.mountinfo(path)
        assert (root, source) == ("/", words[0])
        assert f"name={clients.user}" in options and "secret=<hidden>" in options
        assert all(clients.secret not in line and "key=" not in line for line in clients.lines())


class TestErrors:
    def expect(self, clients, number, *words):
        for source_and_options in words:
            assert errno.errorcode.get(clients.refused(source_and_options)) == errno.errorcode[number], source_and_options

    def test_wrong_key(self, clients):
        self.expect(clients, errno.EHOSTUNREACH, clients.old(key="other"), clients.new(key="other"))

    def test_unknown_user(self, clients):
        self.expect(clients, errno.EHOSTUNREACH, clients.old(user="nobody"), clients.new(user="nobody"))

    def test_key_that_is_not_there(self, clients):
        self.expect(clients, errno.EPERM, clients.old(key="nothing"))

    def test_path_outside_the_caps(self, clients):
        self.expect(clients, errno.EACCES, clients.old(path="/volumes"), clients.new(path="/tenants/blue"))

    def test_missing_path(self, clients):
        self.expect(clients, errno.ENOENT, clients.new(path=f"{clients.volume}/nothing"))

    def test_unknown_file_system(self, clients):
        self.expect(clients, errno.EHOSTUNREACH, clients.old(filesystem="nothing"), clients.new(filesystem="nothing"))

    def test_unknown_option(self, clients):
        self.expect(clients, errno.EINVAL, clients.old(extra=",nothing"), clients.old(extra=",fs=cephfs"))

    def test_context_without_selinux(self, clients):
        self.expect(clients, errno.EINVAL, clients.new(extra=',context="system_u:object_r:container_file_t:s0"'))

    def test_dead_monitor(self, clients):
        began = time.monotonic()
        self.expect(clients, errno.EHOSTUNREACH, clients.new(monitor="127.0.0.1:9", extra=",mount_timeout=2"))
        assert 1.5 < time.monotonic() - began < 6

    def test_protocol_of_the_other_port(self, clients):
        self.expect(clients, errno.EHOSTUNREACH, clients.old(monitor=clients.v2, extra=",mount_timeout=2"))

    def test_the_cluster_id_is_not_checked(self, clients):
        assert clients.refused(clients.new(fsid="00000000-1111-2222-3333-444444444444")) == 0


class TestKeys:
    def test_thread_keyring(self, clients):
        """A key of one thread is enough for a mount, and the mount needs it no more, not even to connect again."""
        at = clients.place()
        words = clients.new(key="mine")

        def work():
            serial = kernel.add_ceph_key("mine", clients.secret, kernel.THREAD_KEYRING)
            results.append(number_of(kernel.mount, words[0], at, words[1]))
            kernel.revoke_key(serial)
            kernel.unlink_key(serial, kernel.THREAD_KEYRING)
            results.append(clients.refused(words))

        results = []
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        assert results == [0, errno.EPERM]
        assert clients.refused(words) == errno.EPERM, "another thread sees the key"
        subprocess.run(["ss", "-K", "-tn", "dst", "127.0.0.1"], check=True, stdout=subprocess.DEVNULL)
        (at / "file").write_text("text")
        assert clients.admin.exists(f"{clients.volume}/file")


class TestMountTree:
    def test_moved_copy_keeps_the_file_system(self, clients):
        private, target = clients.mount(clients.new()), clients.place()
        descriptor = kernel.open_tree_clone(private)
        kernel.umount(private)
        kernel.move_mount(descriptor, target)
        os.close(descriptor)
        (target / "file").write_text("text")
        assert os.listdir(target) == ["file"] and os.listdir(private) == []

    def test_noshare(self, clients):
        devices = [os.stat(clients.mount(clients.new(extra=",noshare"))).st_dev for _ in range(2)]
        assert devices[0] != devices[1]


class TestEviction:
    def test_evicted_client(self, clients):
        path = clients.mount(clients.new())
        held = open(path / "file", "w")
        clients.evict()
        assert number_of(os.getxattr, path, "ceph.dir.rentries") == errno.EACCES
        assert number_of(os.stat, path) == errno.EACCES
        assert number_of(os.listdir, path) == errno.EACCES
        assert number_of(os.open, path / "file", os.O_RDONLY) == errno.EACCES
        assert number_of(os.open, path / "new", os.O_CREAT | os.O_WRONLY) == errno.EACCES
        # Which one depends on whether the kernel held capabilities for the file when it lost its session.
        assert number_of(os.write, held.fileno(), b"text") in (errno.EACCES, errno.ESHUTDOWN)
        assert number_of(os.statvfs, path) == 0, "statfs asks the monitor, which still answers"
        held.close()
        # It stays so, while mounts that are made afterwards work, with and without noshare.
        for words in clients.new(), clients.new(extra=",noshare"):
            again = clients.mount(words)
            (again / "new").write_text("text")
            assert number_of(os.stat, path) == errno.EACCES
        kernel.umount(path)


class TestFrozenStorage:
    """Data that was written but not sent when the OSD stops answering."""

    @pytest.fixture
    def dirty(self, clients):
        path = clients.mount(clients.new(extra=f",mount_timeout={MOUNT_TIMEOUT}"))
        (path / "file").write_bytes(b"x")
        with clients.without_osd():
            (path / "file").write_bytes(b"x" * 1_000_000)
            yield path

    @staticmethod
    def hangs(function, *arguments, patience=2):
        thread = threading.Thread(target=number_of, args=(function, *arguments), daemon=True)
        thread.start()
        thread.join(patience)
        return thread.is_alive()

    def test_sync_hangs(self, dirty):
        descriptor = os.open(dirty, os.O_RDONLY)
        assert self.hangs(kernel.syncfs, descriptor)
        os.close(descriptor)

    def test_detaching_hangs(self, dirty):
        assert self.hangs(kernel.umount, dirty, kernel.MNT_DETACH)

    def test_forced_unmount_gives_the_data_up(self, dirty):
        # Linux 7 asks the silent cluster once more before it gives up.
        newer = int(os.uname().release.split(".")[0]) >= 7
        patience = MOUNT_TIMEOUT + 5 if newer else 2
        assert not self.hangs(kernel.umount, dirty, kernel.MNT_FORCE, patience=patience)
        assert not os.path.ismount(dirty)
