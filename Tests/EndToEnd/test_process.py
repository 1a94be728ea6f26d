"""The plugin as a process: sockets, signals, the command line and the configuration file."""

import base64
import contextlib
import os
import re
import signal
import socket
import stat
import subprocess
import threading
import time
from typing import ClassVar

import pytest

from harness.client import Client
from harness.plugin import run_cli
from harness.requests import MiB


class TestSocket:
    def test_belongs_to_root_alone_and_goes_with_the_process(self, plugins, scratch):
        plugin = plugins(directory=scratch / "new" / "deep").start()
        mode = os.stat(plugin.socket).st_mode
        assert stat.S_ISSOCK(mode) and stat.S_IMODE(mode) & 0o077 == 0
        assert plugin.stop() == 0
        assert not plugin.socket.exists()

    def test_a_stale_socket_is_replaced(self, plugins):
        plugin = plugins().start()
        plugin.kill()
        assert plugin.socket.exists(), "kill -9 leaves the socket behind; otherwise this shows nothing"
        plugin.start()
        assert plugin.client.call("Probe").ok

    def test_a_live_socket_is_refused_and_goes_on_working(self, plugins):
        first = plugins().start()
        second = plugins(directory=first.directory)
        second.log_path = first.directory / "second-log"
        second.launch()
        assert second.process.wait(10) != 0
        assert re.search(r"endpoint|csi\.sock", second.log())
        assert re.search(r"in use|already|served|listening", second.log())
        assert first.running and first.client.call("Probe").ok
        assert first.socket.exists()

    def test_something_else_at_the_path_is_not_removed(self, plugins):
        plugin = plugins()
        plugin.directory.mkdir(parents=True)
        plugin.socket.write_text("precious")
        plugin.launch()
        assert plugin.process.wait(10) != 0
        assert plugin.socket.read_text() == "precious"
        assert "csi.sock" in plugin.log()

    def test_a_client_that_hangs_up_in_the_middle_harms_nobody(self, plugins):
        plugin = plugins().start()
        for garbage in (b"", b"GET / HTTP/1.1\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", os.urandom(4096)):
            for _ in range(20):
                with socket.socket(socket.AF_UNIX) as connection:
                    connection.connect(str(plugin.socket))
                    connection.sendall(garbage)
        assert plugin.running and plugin.client.call("Probe").ok


class TestEnd:
    @pytest.mark.parametrize("which", [signal.SIGTERM, signal.SIGINT])
    def test_calls_in_flight_are_finished_and_the_exit_is_clean(self, plugins, requests, volumes, name, which):
        plugin = plugins(role="controller").start()
        client = plugin.client
        client.must("CreateVolume", requests.create(f"{name}-warm"))
        replies = {}
        gate = threading.Barrier(9)

        def create(number):
            gate.wait()
            replies[number] = client.call("CreateVolume", requests.create(f"{name}-{number}"))

        threads = [threading.Thread(target=create, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        gate.wait()
        time.sleep(0.01)
        plugin.process.send_signal(which)
        assert plugin.process.wait(30) == 0, plugin.log_tail()
        for thread in threads:
            thread.join()
        assert {reply.code for reply in replies.values()} <= {"OK", "UNAVAILABLE"}
        assert any(reply.ok for reply in replies.values()), "no call in flight was finished"
        again = plugins(role="controller").start().client
        assert volumes.staging() == []
        for number, reply in replies.items():
            volume = again.must("CreateVolume", requests.create(f"{name}-{number}")).volume
            if reply.ok:
                assert volume == reply.response.volume
            again.must("DeleteVolume", requests.delete(volume.volume_id))
        warm = again.must("CreateVolume", requests.create(f"{name}-warm")).volume
        again.must("DeleteVolume", requests.delete(warm.volume_id))

    def test_a_call_that_ceph_holds_up_does_not_keep_the_process(self, plugins, cluster, requests, name):
        plugin = plugins(role="controller").start()
        warm = plugin.client.must("CreateVolume", requests.create(f"{name}-warm")).volume
        with cluster.frozen("mds"):
            thread = threading.Thread(
                target=lambda: plugin.client.call("CreateVolume", requests.create(name), timeout=60)
            )
            thread.start()
            time.sleep(0.5)
            began = time.monotonic()
            assert plugin.stop(patience=60) == 0, plugin.log_tail()
            assert time.monotonic() - began < 45
            thread.join()
        # Its session could not be closed; the same replica's next life ends it, another's would wait for a minute.
        client = plugins(directory=plugin.directory, role="controller").start().client
        volume = client.call_until_settled("CreateVolume", requests.create(name)).response.volume
        for one in (volume, warm):
            client.must("DeleteVolume", requests.delete(one.volume_id))

    def test_an_early_sigterm_is_not_lost(self, plugins):
        for _ in range(20):
            plugin = plugins(role="node")
            plugin.launch()
            while not plugin.socket.exists():
                assert plugin.running, plugin.log_tail()
                time.sleep(0.001)
            assert plugin.stop(patience=10) == 0

    def test_an_idle_end_is_quick(self, plugins):
        plugin = plugins().start()
        began = time.monotonic()
        assert plugin.stop() == 0
        assert time.monotonic() - began < 2


class TestStandardError:
    """The log is a courtesy: whoever does not read it, or can't store it, stops no call and no plugin."""

    CALLS = 3000

    @staticmethod
    def codes(client, count):
        return {client.call("Probe", timeout=5).code for _ in range(count)}

    def test_a_pipe_that_nobody_reads_holds_up_no_call(self, plugins, requests, name, scratch):
        page = scratch / "page.prom"
        reader, writer = os.pipe()
        plugin = plugins(role="controller", options=["--metrics-file", str(page)], stderr=writer).start()
        os.close(writer)
        assert self.codes(plugin.client, self.CALLS) == {"OK"}
        volume = plugin.client.must("CreateVolume", requests.create(name), timeout=20).volume
        plugin.client.must("DeleteVolume", requests.delete(volume.volume_id), timeout=20)

        text = b""
        os.set_blocking(reader, False)
        deadline = time.monotonic() + 20
        while b"lines of the log are missing here" not in text:
            assert time.monotonic() < deadline, text[-500:]
            assert plugin.client.call("Probe", timeout=5).ok
            try:
                text += os.read(reader, 1 << 20)
            except BlockingIOError:
                pass
        text = text[: text.rindex(b"\n")]
        lines = text.decode().splitlines()
        assert all(re.match(r"20\d\d-\d\d-\d\dT[\d:.]+Z \w+ ", line) for line in lines), "a line is broken"
        lost = int(re.search(r"missing here.* lines=(\d+)", text.decode())[1])
        assert lost > 0
        deadline = time.monotonic() + 20
        while f"cephfs_csi_log_lines_dropped_total {lost}\n" not in page.read_text():
            assert time.monotonic() < deadline, page.read_text()
            time.sleep(0.2)
        os.close(reader)

    def test_a_reader_that_goes_away_does_not_end_the_plugin(self, plugins):
        reader, writer = os.pipe()
        plugin = plugins(role="controller", stderr=writer).start()
        os.close(writer)
        os.close(reader)
        assert self.codes(plugin.client, 20) == {"OK"}
        assert plugin.stop() == 0

    def test_an_end_does_not_wait_for_a_reader(self, plugins):
        reader, writer = os.pipe()
        plugin = plugins(role="controller", stderr=writer).start()
        os.close(writer)
        self.codes(plugin.client, self.CALLS)
        began = time.monotonic()
        assert plugin.stop() == 0
        assert time.monotonic() - began < 5
        os.close(reader)

    def test_the_pipe_stays_as_it_is_for_others(self, plugins):
        """O_NONBLOCK belongs to the description, which a shell's other programs share."""
        reader, writer = os.pipe()
        plugin = plugins(role="controller", stderr=writer).start()
        assert os.get_blocking(writer)
        assert plugin.stop() == 0
        os.close(reader)
        os.close(writer)

    def test_a_full_disk_under_the_log_is_survived(self, plugins):
        with open("/dev/full", "wb", buffering=0) as full:
            plugin = plugins(role="controller", stderr=full).start()
            assert self.codes(plugin.client, 50) == {"OK"}
            assert plugin.stop() == 0

    def test_a_socket_that_nobody_reads_holds_up_no_call(self, plugins):
        reader, writer = socket.socketpair()
        plugin = plugins(role="controller", stderr=writer).start()
        writer.close()
        assert self.codes(plugin.client, self.CALLS) == {"OK"}
        assert plugin.stop() == 0
        reader.close()

    def test_a_closed_standard_error_is_no_file_of_the_plugin(self, plugins):
        plugin = plugins(role="controller", stderr="closed").start()
        assert os.readlink(f"/proc/{plugin.pid}/fd/2") == "/dev/null"
        assert self.codes(plugin.client, 5) == {"OK"}
        assert plugin.stop() == 0


class TestWrongKeys:
    """One tenant's wrong keys are no business of another's."""

    @staticmethod
    def wrong_key(number):
        return base64.b64encode(b"\x01\x00" + b"\x11" * 8 + b"\x10\x00" + number.to_bytes(16, "big")).decode()

    def test_good_calls_go_on_beside_twenty_callers_with_wrong_keys(self, plugins, requests, name):
        plugin = plugins(role="controller").start()
        client = plugin.client
        volume = client.must("CreateVolume", requests.create(name)).volume
        stop = threading.Event()
        codes = set()

        def attack(caller):
            number = caller * 1_000_000
            while not stop.is_set():
                number += 1
                user = requests.admin["adminID"] if caller % 2 else f"nobody-{number}"
                secrets = {"adminID": user, "adminKey": self.wrong_key(number)}
                codes.add(client.call("DeleteVolume", requests.delete(volume.volume_id, secrets=secrets), 30).code)

        threads = [threading.Thread(target=attack, args=(caller,)) for caller in range(20)]
        for thread in threads:
            thread.start()
        try:
            deadline = time.monotonic() + 8
            while time.monotonic() < deadline:
                reply = client.call("CreateVolume", requests.create(name), timeout=30)
                assert reply.ok, reply
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        assert codes <= {"UNAUTHENTICATED", "UNAVAILABLE", "PERMISSION_DENIED"}, codes
        assert plugin.threads() < 150
        client.must("DeleteVolume", requests.delete(volume.volume_id))


class TestSilentPeers:
    def test_a_newcomer_is_served_beside_more_silent_peers_than_there_is_room_for(self, plugins):
        plugin = plugins(role="controller").start()
        silent = [socket.socket(socket.AF_UNIX) for _ in range(130)]
        for peer in silent:
            peer.connect(str(plugin.socket))
        deadline = time.monotonic() + 15
        with contextlib.closing(Client(plugin.socket)) as newcomer:
            while not (reply := newcomer.call("Probe", timeout=5)).ok:
                assert time.monotonic() < deadline, reply
        assert plugin.client.call("Probe", timeout=20).ok
        for peer in silent:
            peer.close()


class TestCommandLine:
    def test_version(self):
        done = run_cli("version")
        assert done.returncode == 0
        assert re.search(r"\d+\.\d+\.\d+", done.stdout)

    def test_version_names_the_client_library_and_what_it_can_not_do(self):
        installed = subprocess.run(
            ["dpkg-query", "-W", "-f", "${Version}", "libcephfs2"], capture_output=True, text=True, check=True
        ).stdout
        release = re.match(r"(\d+)\.\d+\.\d+", installed)
        line = run_cli("version").stdout.splitlines()[-1]
        assert line.startswith(f"ceph       libcephfs {release[0]}"), line
        assert ("AES keys only" in line) == (int(release[1]) < 20), line

    def test_help_names_every_command_and_option(self):
        assert {"serve", "version"} <= set(re.findall(r"\w+", run_cli("--help").stdout))
        text = run_cli("serve", "--help")
        assert text.returncode == 0
        for option in ("--role", "--endpoint", "--node-id", "--config", "--driver-name", "--log-level"):
            assert option in text.stdout

    GOOD: ClassVar = {"--role": "node", "--endpoint": "unix:///tmp/never/csi.sock", "--node-id": "n", "--config": "/nonexistent"}

    @pytest.mark.parametrize(
        ("change", "names"),
        [
            ({"--rôle": "node"}, "--rôle"),
            ({"--role": "boss"}, "--role"),
            ({"--role": ""}, "--role"),
            ({"--endpoint": "tcp://127.0.0.1:1"}, "--endpoint"),
            ({"--endpoint": "unix://"}, "--endpoint"),
            ({"--endpoint": "csi.sock"}, "--endpoint"),
            ({"--endpoint": "unix:///" + "d" * 120}, "--endpoint"),
            ({"--node-id": ""}, "--node-id"),
            ({"--node-id": "n" * 300}, "--node-id"),
            ({"--log-level": "loud"}, "--log-level"),
            ({"--driver-name": "Not A Name"}, "--driver-name"),
            ({"--driver-name": "d" * 64}, "--driver-name"),
            ({"--config": "/nonexistent/plugin.yaml"}, "/nonexistent/plugin.yaml"),
        ],
    )
    def test_a_wrong_option_is_named_with_its_fix(self, change, names, scratch, cluster):
        options = {**self.GOOD, "--config": cluster["CONFIG"], "--endpoint": f"unix://{scratch}/c.sock", **change}
        done = run_cli("serve", *[word for pair in options.items() for word in pair])
        assert done.returncode not in (0, -signal.SIGABRT, -signal.SIGSEGV)
        assert names in done.stderr, done.stderr
        assert "Fatal error" not in done.stderr
        assert len(done.stderr.strip().splitlines()) <= 6

    def test_usage_errors_have_their_own_exit_code(self, cluster, scratch):
        usage = run_cli("serve", "--no-such-option")
        config = run_cli("serve", "--role", "node", "--endpoint", f"unix://{scratch}/c.sock", "--node-id", "n",
                         "--config", "/nonexistent")  # fmt: skip
        assert usage.returncode == 64
        assert config.returncode not in (0, 64)


class TestConfiguration:
    """A file that is wrong is refused with file, line, key and fix."""

    ENTRY = 'clusters:\n  - id: dev\n    monitors: ["127.0.0.1:6789"]\n'

    @pytest.mark.parametrize(
        ("text", "line", "names"),
        [
            (ENTRY + "    colour: red\n", 4, "colour"),
            (ENTRY + "    Root: /x\n", 4, "Root"),
            (ENTRY + "    root: /\n", 4, "root"),
            (ENTRY + "    root: //\n", 4, "root"),
            (ENTRY + "    root: relative\n", 4, "root"),
            (ENTRY + "    root: /a/../b\n", 4, "root"),
            (ENTRY + "    group: a/b\n", 4, "group"),
            (ENTRY + "    mounter: nfs\n", 4, "mounter"),
            (ENTRY + "    createGroups: perhaps\n", 4, "createGroups"),
            (ENTRY + "    filesystem: [a]\n", 4, "filesystem"),
            (ENTRY + "    mountOptions: [name=admin]\n", 4, "mountOptions"),
            (ENTRY + "    group: one\n    group: two\n", 5, "group"),
            (ENTRY + "  - id: dev\n    monitors: [\"127.0.0.1:1\"]\n", 4, "dev"),
            ("clusters:\n  - id: dev\n", 2, "monitors"),
            ("clusters:\n  - monitors: [\"127.0.0.1:1\"]\n", 2, "id"),
            ("clusters:\n  - id: dev\n    monitors: []\n", 3, "monitors"),
            ("clusters:\n  - id: dev\n    monitors: [not an address]\n", 3, "monitors"),
            ("clusters: []\n", 1, "clusters"),
            ("cluster:\n  - id: dev\n", 1, "cluster"),
            ("clusters:\n  - id: dev\n   monitors: x\n", 3, ""),
            ("", None, "clusters"),
        ],
    )
    def test_an_error_names_the_line_and_the_key(self, scratch, text, line, names):
        path = scratch / "wrong.yaml"
        path.write_text(text)
        done = run_cli("serve", "--role", "node", "--endpoint", f"unix://{scratch}/c.sock", "--node-id", "n",
                       "--config", str(path))  # fmt: skip
        assert done.returncode not in (0, 64, -signal.SIGABRT, -signal.SIGSEGV)
        place = f"{path}:{line}:" if line else str(path)
        assert place in done.stderr and names in done.stderr, done.stderr

    def test_a_changed_file_is_read_without_a_restart(self, plugins, cluster, requests, name, scratch):
        """Monitors may move, entries may come: the next call after the change knows."""
        config = scratch / "live.yaml"
        text = open(cluster["CONFIG"]).read()
        config.write_text(text.replace("id: dev", "id: other"))
        plugin = plugins(config=config, role="controller").start()
        assert plugin.client.call("CreateVolume", requests.create(name)).code == "INVALID_ARGUMENT"
        replacement = scratch / "live.yaml.new"
        replacement.write_text(text)
        replacement.rename(config)
        deadline = time.monotonic() + 15
        while not (reply := plugin.client.call("CreateVolume", requests.create(name))).ok:
            assert reply.code == "INVALID_ARGUMENT" and time.monotonic() < deadline, reply
            time.sleep(0.2)
        config.write_text("clusters: [nonsense]\n")
        time.sleep(2)
        # A file that became wrong is reported, and the last good one stays in force.
        plugin.client.must("DeleteVolume", requests.delete(reply.response.volume.volume_id))
        assert str(config) in plugin.log()


class TestEnvironment:
    def test_neither_ceph_conf_nor_keyring_of_the_machine_are_used(self, plugins, requests, name, scratch, monkeypatch):
        """Settings come from the configuration and the request alone, whatever the environment suggests."""
        wrong = scratch / "ceph.conf"
        wrong.write_text("[global]\nmon_host = 127.0.0.1:1\nkeyring = /nonexistent\n")
        monkeypatch.setenv("CEPH_CONF", str(wrong))
        monkeypatch.setenv("CEPH_ARGS", "--mon-host 127.0.0.1:1")
        client = plugins(role="controller").start().client
        volume = client.must("CreateVolume", requests.create(name, size=4 * MiB)).volume
        client.must("DeleteVolume", requests.delete(volume.volume_id))
