"""Volumes mounted with users of their own: published, handed to nodes, taken back, renewed."""

import errno
import os
import subprocess
import sys
import time

import cephfs
import pytest

from harness.leaks import files_with
from harness.mounts import is_mounted
from harness.plugin import run_cli
from harness.requests import MiB

OWN = {"credentials": "volume"}
FENCED = {"credentials": "node"}


def node_id(client):
    return client.must("NodeGetInfo").node_id


def authenticates(cluster, user, key):
    """Whether Ceph accepts a user with this key; a user that may not mount `/` is told so only after that."""
    client = cephfs.LibCephFS(auth_id=user)
    for option, value in {
        "mon_host": cluster["MON_HOST"], "key": key, "keyring": "/dev/null", "client_mount_timeout": "10",
    }.items():  # fmt: skip
        client.conf_set(option, value)
    try:
        client.mount(mount_root=b"/", filesystem_name=cluster["FS"].encode())
        raise AssertionError(f"{user} mounts the root of the file system")
    except cephfs.Error as error:
        assert error.args[0] in (errno.EPERM, errno.EACCES), error
        return error.args[0] == errno.EPERM
    finally:
        client.shutdown()


@pytest.fixture
def volume(client, requests, name):
    """A volume with a user of its own, not published yet."""
    made = client.must("CreateVolume", requests.create(name, size=64 * MiB, parameters=OWN)).volume
    yield made
    client.must("ControllerUnpublishVolume", requests.controller_unpublish(made))
    client.must("DeleteVolume", requests.delete(made.volume_id))


@pytest.fixture
def node(client):
    return node_id(client)


def published(client, requests, volume, node, **arguments):
    request = requests.controller_publish(volume, node, **arguments)
    return dict(client.must("ControllerPublishVolume", request).publish_context)


class TestLife:
    def test_a_volume_from_publishing_to_deletion_each_step_twice(
        self, client, requests, cluster, name, node, node_paths
    ):
        volume = client.must("CreateVolume", requests.create(name, size=64 * MiB, parameters=OWN)).volume
        assert volume.volume_context["credentials"] == "volume"
        assert cluster.users_of(volume) == [], "a user is made when it is needed, not with the volume"
        for _ in range(2):
            context = published(client, requests, volume, node)
        [user] = cluster.users_of(volume)
        key = cluster.key_of(user)
        assert authenticates(cluster, user, key)
        assert not any(key in value for value in context.values()), "Kubernetes stores the context in the clear"
        staging, first, second = node_paths.staging, node_paths.target(1), node_paths.target(2)
        for _ in range(2):
            client.must("NodeStageVolume", requests.stage(volume, staging, context=context))
        assert {one["client_metadata"].get("root") for one in cluster.sessions()
                if one["client_metadata"].get("entity_id") == user} == {volume.volume_context["path"]}  # fmt: skip
        for target in (first, second):
            for _ in range(2):
                client.must("NodePublishVolume", requests.publish(volume, staging, target, context=context))
        (first / "letter").write_text("to all")
        assert (second / "letter").read_text() == "to all"
        for target in (first, second):
            client.must("NodeUnpublishVolume", requests.unpublish(volume, target))
        client.must("NodeUnstageVolume", requests.unstage(volume, staging))
        for _ in range(2):
            client.must("ControllerUnpublishVolume", requests.controller_unpublish(volume, node))
        assert cluster.users_of(volume) == [], "the last node takes the user along"
        assert not authenticates(cluster, user, key)
        for _ in range(2):
            client.must("DeleteVolume", requests.delete(volume.volume_id))

    def test_two_nodes_share_a_volume_and_neither_opens_the_others_context(
        self, client, plugins, requests, volume, node, node_paths
    ):
        other = plugins(role="node", node_id="other-node").start().client
        one, two = published(client, requests, volume, node), published(client, requests, volume, node_id(other))
        away = node_paths.base / "away"
        away.mkdir()
        reply = other.call("NodeStageVolume", requests.stage(volume, away, context=one))
        assert reply.code == "FAILED_PRECONDITION" and "sealed for this node" in reply.message, reply
        assert not is_mounted(away)
        client.must("NodeStageVolume", requests.stage(volume, node_paths.staging, context=one))
        other.must("NodeStageVolume", requests.stage(volume, away, context=two))
        (away / "file").write_text("from afar")
        assert (node_paths.staging / "file").read_text() == "from afar"
        client.must("NodeUnstageVolume", requests.unstage(volume, node_paths.staging))
        other.must("NodeUnstageVolume", requests.unstage(volume, away))

    def test_a_context_is_of_no_use_for_another_volume(self, client, requests, name, volume, node, node_paths):
        other = client.must("CreateVolume", requests.create(f"{name}-other", parameters=OWN)).volume
        context = published(client, requests, volume, node)
        reply = client.call("NodeStageVolume", requests.stage(other, node_paths.staging, context=context))
        assert reply.code == "FAILED_PRECONDITION" and "another volume" in reply.message, reply
        client.must("DeleteVolume", requests.delete(other.volume_id))

    def test_without_the_context_the_message_says_what_is_missing(self, client, requests, volume, node_paths):
        reply = client.call("NodeStageVolume", requests.stage(volume, node_paths.staging))
        assert reply.code == "FAILED_PRECONDITION" and "attachRequired" in reply.message, reply

    def test_the_shared_user_needs_no_user_of_the_volume(self, client, requests, cluster, name, node, node_paths):
        volume = client.must("CreateVolume", requests.create(name)).volume
        context = published(client, requests, volume, node)
        assert context == {}
        assert cluster.users_of(volume) == []
        client.must("NodeStageVolume", requests.stage(volume, node_paths.staging))
        (node_paths.staging / "file").write_text("text")
        client.must("NodeUnstageVolume", requests.unstage(volume, node_paths.staging))
        client.must("ControllerUnpublishVolume", requests.controller_unpublish(volume, node))
        client.must("DeleteVolume", requests.delete(volume.volume_id))

    @pytest.mark.parametrize("how", [{"readonly": True}, {"mode": "MULTI_NODE_READER_ONLY"}], ids=["flag", "mode"])
    def test_readers_have_a_user_that_can_only_read(
        self, client, requests, cluster, volume, node, node_paths, how
    ):
        context = published(client, requests, volume, node, **how)
        [user] = cluster.users_of(volume)
        caps = cluster.users("")[user]
        assert caps["mds"].startswith("allow r ") and caps["osd"].startswith("allow r "), caps
        mode = how.get("mode", "MULTI_NODE_MULTI_WRITER")
        client.must("NodeStageVolume", requests.stage(volume, node_paths.staging, mode=mode, context=context))
        with pytest.raises(OSError) as caught:
            (node_paths.staging / "file").write_text("text")
        assert caught.value.errno == errno.EROFS
        reply = client.call("ControllerPublishVolume", requests.controller_publish(volume, node))
        assert reply.code == "ALREADY_EXISTS", "the node has it for reading, the request wants it for writing"
        client.must("NodeUnstageVolume", requests.unstage(volume, node_paths.staging))

    def test_a_volume_for_one_node_is_refused_to_another_which_is_told_where_it_is(
        self, client, plugins, requests, volume, node
    ):
        other = node_id(plugins(role="node", node_id="second-node").start().client)
        mode = "SINGLE_NODE_WRITER"
        published(client, requests, volume, node, mode=mode)
        reply = client.call("ControllerPublishVolume", requests.controller_publish(volume, other, mode=mode))
        assert reply.code == "FAILED_PRECONDITION" and node.split(":")[0] in reply.message, reply
        client.must("ControllerUnpublishVolume", requests.controller_unpublish(volume, node))
        published(client, requests, volume, other, mode=mode)

    def test_a_published_volume_is_not_deleted(self, client, requests, cluster, volumes, volume, node):
        published(client, requests, volume, node)
        reply = client.call("DeleteVolume", requests.delete(volume.volume_id), timeout=3.0)
        assert reply.code == "FAILED_PRECONDITION" and node.split(":")[0] in reply.message, reply
        assert volume.volume_id.split(":")[-1] in volumes.volumes()
        assert cluster.users_of(volume) != []

    def test_ceph_s_own_tools_read_a_published_volume(self, client, requests, cluster, volume, node):
        published(client, requests, volume, node)
        words = (cluster["FS"], volume.volume_id.split(":")[-1], "--group_name", cluster["GROUP"])
        assert cluster.ceph("fs", "subvolume", "getpath", *words) == volume.volume_context["path"]
        assert cluster.ceph("fs", "subvolume", "info", *words)["state"] == "complete"

    def test_what_does_not_exist_is_not_found(self, client, requests, volume, node):
        request = requests.controller_publish(volume, node)
        for change in ({"volume_id": "dev:cephfs:csi:never-made"}, {"node_id": "no-such-node"}):
            bad = type(request)()
            bad.CopyFrom(request)
            for field, value in change.items():
                setattr(bad, field, value)
            assert client.call("ControllerPublishVolume", bad).code == "NOT_FOUND", change


class TestRestarts:
    def test_a_node_that_comes_back_opens_what_was_sealed_before(self, client, plugins, requests, volume, node_paths):
        node = plugins(role="node", node_id="restarting").start()
        context = published(client, requests, volume, node_id(node.client))
        node.kill()
        node.start()
        node.client.must("NodeStageVolume", requests.stage(volume, node_paths.staging, context=context))
        node.client.must("NodeUnstageVolume", requests.unstage(volume, node_paths.staging))

    def test_a_node_set_up_anew_is_told_to_attach_anew_and_that_works(
        self, client, plugins, requests, volume, node_paths, scratch
    ):
        old = plugins(role="node", node_id="renewed").start()
        context = published(client, requests, volume, node_id(old.client))
        old.stop()
        new = plugins(role="node", node_id="renewed").start().client
        reply = new.call("NodeStageVolume", requests.stage(volume, node_paths.staging, context=context))
        assert reply.code == "FAILED_PRECONDITION" and "attach it again" in reply.message, reply
        again = published(client, requests, volume, node_id(new))
        new.must("NodeStageVolume", requests.stage(volume, node_paths.staging, context=again))
        new.must("NodeUnstageVolume", requests.unstage(volume, node_paths.staging))

    def test_another_controller_goes_on_where_a_killed_one_stopped(self, plugins, requests, cluster, name, node):
        one, two = plugins(role="controller").start(), plugins(role="controller").start().client
        volume = one.client.must("CreateVolume", requests.create(name, parameters=OWN)).volume
        published(one.client, requests, volume, node)
        one.kill()
        # Its next life ends the session that it left; otherwise Ceph would hold others up for a minute.
        one.start()
        published(one.client, requests, volume, node)
        published(two, requests, volume, node)
        assert len(cluster.users_of(volume)) == 1
        two.must("ControllerUnpublishVolume", requests.controller_unpublish(volume, node))
        two.must("DeleteVolume", requests.delete(volume.volume_id))
        assert cluster.users_of(volume) == []

    def test_a_controller_killed_while_it_publishes_leaks_no_user(self, plugins, requests, cluster, name, node):
        """At twenty moments: whatever was done by then, the retry finds it and deletion clears it away."""
        controller = plugins(role="controller").start()
        volume = controller.client.must("CreateVolume", requests.create(name, parameters=OWN)).volume
        for number in range(20):
            request = requests.controller_publish(volume, node)
            pending = controller.client.channel.unary_unary("/csi.v1.Controller/ControllerPublishVolume").future(
                request.SerializeToString()
            )
            time.sleep(number * 0.004)
            controller.kill()
            pending.cancel()
            controller.start()
            if number % 2:
                published(controller.client, requests, volume, node)
            controller.client.must("ControllerUnpublishVolume", requests.controller_unpublish(volume, node))
        controller.client.must("DeleteVolume", requests.delete(volume.volume_id))
        assert cluster.users_of(volume) == []


class TestFrozenMonitor:
    def test_publishing_ends_by_its_deadline_and_succeeds_afterwards(self, client, cluster, requests, volume, node):
        request = requests.controller_publish(volume, node)
        with cluster.frozen("mon"):
            reply = client.call_with_server_deadline("ControllerPublishVolume", request, 3, patience=10)
        assert reply.code in ("DEADLINE_EXCEEDED", "UNAVAILABLE"), reply
        assert reply.seconds < 3.5
        assert client.call_until_settled("ControllerPublishVolume", request, patience=40).ok

    def test_a_volume_that_was_never_published_is_made_and_deleted_without_the_monitor(
        self, client, cluster, requests, name
    ):
        client.must("CreateVolume", requests.create(f"{name}-first", parameters=OWN))
        with cluster.frozen("mon"):
            volume = client.must("CreateVolume", requests.create(name, parameters=OWN), timeout=10).volume
            client.must("DeleteVolume", requests.delete(volume.volume_id), timeout=10)
        client.must("DeleteVolume", requests.delete(f"dev:cephfs:csi:{name}-first"))


class TestFence:
    """`credentials: node`: unpublishing cuts the node off, whatever it does."""

    WRITER = (
        "import os, sys\n"
        "file = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT, 0o600)\n"
        "while True:\n"
        "    os.write(file, b'x' * 4096)\n"
        "    os.fsync(file)\n"
        "    print('written', flush=True)\n"
    )

    @pytest.fixture
    def secrets(self, requests):
        return {**requests.admin, **requests.fencer}

    def test_a_writer_on_the_node_fails_and_the_key_no_longer_authenticates(
        self, client, plugins, requests, cluster, name, node, node_paths, secrets
    ):
        volume = client.must("CreateVolume", requests.create(name, size=64 * MiB, parameters=FENCED)).volume
        other = plugins(role="node", node_id="bystander").start().client
        context = published(client, requests, volume, node, secrets=secrets)
        aside = published(client, requests, volume, node_id(other), secrets=secrets)
        users = cluster.users_of(volume)
        assert len(users) == 2, "a user for each node"
        away = node_paths.base / "away"
        away.mkdir()
        client.must("NodeStageVolume", requests.stage(volume, node_paths.staging, context=context))
        other.must("NodeStageVolume", requests.stage(volume, away, context=aside))
        writer = subprocess.Popen(
            [sys.executable, "-c", self.WRITER, str(node_paths.staging / "file")],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert writer.stdout.readline() == "written\n"
        keys = {user: cluster.key_of(user) for user in users}
        client.must("ControllerUnpublishVolume", requests.controller_unpublish(volume, node, secrets=secrets))
        answered = time.monotonic()
        writer.communicate(timeout=15)
        assert writer.returncode != 0
        assert time.monotonic() - answered < 5, "the writer went on for too long"
        [left] = cluster.users_of(volume)
        [gone] = set(users) - {left}
        assert not authenticates(cluster, gone, keys[gone])
        (away / "file-of-another-node").write_text("not disturbed")
        os.sync()
        client.must("NodeUnstageVolume", requests.unstage(volume, node_paths.staging))
        # The node may have it again, with a new user and a new session.
        context = published(client, requests, volume, node, secrets=secrets)
        client.must("NodeStageVolume", requests.stage(volume, node_paths.staging, context=context))
        assert (node_paths.staging / "file-of-another-node").read_text() == "not disturbed"
        client.must("NodeUnstageVolume", requests.unstage(volume, node_paths.staging))
        other.must("NodeUnstageVolume", requests.unstage(volume, away))
        client.must("ControllerUnpublishVolume", requests.controller_unpublish(volume, secrets=secrets))
        client.must("DeleteVolume", requests.delete(volume.volume_id))
        assert cluster.users_of(volume) == []

    def test_a_missing_fencer_is_told_before_the_volume_is_in_use(self, client, requests, cluster, name, node):
        volume = client.must("CreateVolume", requests.create(name, parameters=FENCED)).volume
        reply = client.call("ControllerPublishVolume", requests.controller_publish(volume, node))
        assert reply.code == "FAILED_PRECONDITION" and "fencerID" in reply.message, reply
        assert cluster.users_of(volume) == []
        client.must("DeleteVolume", requests.delete(volume.volume_id))


class TestCommandLine:
    @pytest.fixture
    def cli(self, cluster):
        def run(command, volume, *options):
            return run_cli(
                "credentials", command, "--config", cluster["CONFIG"], "--user", cluster["PROVISIONER_ID"],
                "--key-file", cluster["PROVISIONER_KEY_FILE"], *options, volume.volume_id, timeout=60,
            )  # fmt: skip

        return run

    def test_show_lists_the_nodes(self, client, requests, cluster, volume, node, cli):
        assert cli("show", volume).stdout == ""
        published(client, requests, volume, node)
        done = cli("show", volume)
        assert done.returncode == 0, done.stderr
        words = done.stdout.split()
        assert words[:4] == [volume.volume_id, node.split(":")[0], "writes", "volume"]
        assert words[4] == f"client.{cluster.users_of(volume)[0]}"

    def test_withdraw_frees_a_volume_whose_attachment_was_forgotten(self, client, requests, cluster, name, node, cli):
        volume = client.must("CreateVolume", requests.create(name, parameters=OWN)).volume
        published(client, requests, volume, node)
        assert client.call("DeleteVolume", requests.delete(volume.volume_id), timeout=3.0).code == "FAILED_PRECONDITION"
        done = cli("withdraw", volume, "--node", node.split(":")[0])
        assert done.returncode == 0, done.stderr
        client.must("DeleteVolume", requests.delete(volume.volume_id))
        assert cluster.users_of(volume) == []

    def test_rotation_disturbs_no_mount_and_removes_the_old_user_with_its_last_node(
        self, client, plugins, requests, cluster, volume, node, node_paths, cli
    ):
        other = node_id(plugins(role="node", node_id="later").start().client)
        context = published(client, requests, volume, node)
        [old] = cluster.users_of(volume)
        key = cluster.key_of(old)
        client.must("NodeStageVolume", requests.stage(volume, node_paths.staging, context=context))
        done = cli("rotate", volume)
        assert done.returncode == 0 and old in done.stdout, done.stderr
        (node_paths.staging / "file").write_text("as ever")
        assert published(client, requests, volume, node).keys() == context.keys(), "the node keeps its user"
        published(client, requests, volume, other)
        [new] = set(cluster.users_of(volume)) - {old}
        client.must("NodeUnstageVolume", requests.unstage(volume, node_paths.staging))
        client.must("ControllerUnpublishVolume", requests.controller_unpublish(volume, node))
        assert cluster.users_of(volume) == [new]
        assert not authenticates(cluster, old, key)

    def test_revoking_removes_the_old_user_at_once(self, client, requests, cluster, volume, node, node_paths, cli):
        context = published(client, requests, volume, node)
        [old] = cluster.users_of(volume)
        key = cluster.key_of(old)
        client.must("NodeStageVolume", requests.stage(volume, node_paths.staging, context=context))
        done = cli("rotate", volume, "--revoke", "--fencer", cluster["FENCER_ID"],
                   "--fencer-key-file", cluster["FENCER_KEY_FILE"])  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert not authenticates(cluster, old, key)
        assert not [one for one in cluster.sessions() if one["client_metadata"].get("entity_id") == old]
        client.must("NodeUnstageVolume", requests.unstage(volume, node_paths.staging))
        client.must("ControllerUnpublishVolume", requests.controller_unpublish(volume, node))
        context = published(client, requests, volume, node)
        client.must("NodeStageVolume", requests.stage(volume, node_paths.staging, context=context))
        client.must("NodeUnstageVolume", requests.unstage(volume, node_paths.staging))

    def test_a_volume_that_does_not_exist_and_a_wrong_key_are_said(self, cluster, volume, cli, scratch):
        class Missing:
            volume_id = "dev:cephfs:csi:never-made"

        done = cli("rotate", Missing)
        assert done.returncode == 1 and "never-made" in done.stderr, done.stderr
        key = scratch / "no.key"
        key.write_text("not a key")
        done = run_cli("credentials", "show", "--config", cluster["CONFIG"], "--user", "csi-provisioner",
                       "--key-file", str(key), volume.volume_id)  # fmt: skip
        assert done.returncode == 1 and str(key) in done.stderr and "not a key" not in done.stderr

    @pytest.mark.parametrize(
        ("user", "role", "options"),
        [
            ("csi-provisioner", "provisioner", ["--cluster", "dev"]),
            ("csi-blue-provisioner", "provisioner",
             ["--cluster", "blue", "--isolation", "namespace", "--isolation", "path"]),
            ("csi-node", "node", ["--cluster", "dev"]),
            ("csi-fencer", "fencer", ["--cluster", "dev"]),
        ],
        ids=["provisioner", "blue-provisioner", "node", "fencer"],
    )  # fmt: skip
    def test_caps_prints_what_ceph_accepts_and_the_dev_cluster_has(self, cluster, user, role, options):
        """The command is pasted into a shell for another user's name, and gives that user the very same caps."""
        twin = f"{user}-twin"
        if role == "provisioner":
            options = [*options, "--data-pool", cluster["DATA_POOL"]]
        done = run_cli("caps", role, "--config", cluster["CONFIG"], "--id", twin, *options)
        assert done.returncode == 0, done.stderr
        pasted = done.stdout.replace("ceph auth", f"ceph -c {cluster['CONF']} auth", 1)
        subprocess.run(["sh", "-ec", pasted], stdin=subprocess.DEVNULL, capture_output=True, check=True)
        try:
            caps = cluster.users("csi-")
            assert caps[twin] == caps[user]
        finally:
            cluster.monitor("auth rm", entity=f"client.{twin}")


class TestSecrecy:
    def test_a_volume_s_key_is_nowhere_but_in_memory(self, client, plugin, requests, cluster, volume, node, node_paths):
        context = published(client, requests, volume, node)
        client.must("NodeStageVolume", requests.stage(volume, node_paths.staging, context=context))
        keys = [cluster.key_of(user) for user in cluster.users_of(volume)]
        assert keys
        places = ["/tmp", "/run", "/var/lib", "/var/log", "/etc/ceph", str(plugin.directory)]
        with open("/proc/mounts") as table:
            assert not any(key in table.read() for key in keys)
        # The monitor's own store lies in the cluster's directory, which only Ceph may read.
        found = files_with(keys, places, only_readable_by_others=False)
        assert [path for path in found if not path.startswith(cluster["DIR"])] == []
        private = (plugin.state / "node.key").read_text().split("\n")[1]
        assert private not in plugin.log()
        assert not any(key in plugin.log() for key in keys)
        client.must("NodeUnstageVolume", requests.unstage(volume, node_paths.staging))
