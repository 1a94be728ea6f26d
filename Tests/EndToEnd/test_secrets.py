"""No key appears anywhere but in the request that brought it, at debug level, whatever goes wrong."""

import pathlib
import subprocess
import time
import uuid

import pytest

from harness.badinput import STRANGE_KEY
from harness.leaks import ProcessWatch, files_with
from harness.mounts import fuse_clients
from harness.requests import MiB

# Where a plugin might be tempted to put a file, its own directories among them.
PLACES = ["/tmp", "/run", "/var/tmp", "/var/lib", "/var/log", "/etc/ceph"]
# Made anew each time, so that no source file holds it.
MALFORMED_KEY = f"AQD-no-base64-but-a-secret-all-the-same-{uuid.uuid4()}"


@pytest.fixture(scope="class")
def secrets(cluster):
    """Every key that the workload sends, the wrong ones too, and their beginnings: a cut key is a leak as well."""
    keys = [cluster.key(which) for which in ("PROVISIONER", "NODE", "BLUE_PROVISIONER", "BLUE_NODE")]
    keys += [STRANGE_KEY, MALFORMED_KEY]
    return keys + [key[:24] for key in keys]


class TestWorkload:
    @pytest.fixture(scope="class")
    def traces(self, plugin, requests, blue, cluster, scratch, secrets):
        """Runs calls that succeed and calls that fail in every way that touches a key; replies and process watch."""
        client = plugin.client
        replies = []
        began = time.time() - 1
        staging = [scratch / f"staging{number}" for number in range(6)]
        target = scratch / "target"
        for path in staging:
            path.mkdir()

        def call(method, request):
            reply = client.call(method, request)
            replies.append(reply)
            return reply

        def changed(request, **values):
            request.secrets.update(values)
            return request

        with ProcessWatch(secrets) as watch:
            volume = call("CreateVolume", requests.create("secrets-volume")).response.volume
            call("CreateVolume", requests.create("secrets-volume", size=64 * MiB, limit=64 * MiB))
            call("CreateVolume", changed(requests.create("secrets-bad"), adminKey=STRANGE_KEY))
            call("CreateVolume", changed(requests.create("secrets-bad"), adminKey=MALFORMED_KEY))
            call("CreateVolume", changed(requests.create("secrets-bad"), adminID="nobody"))
            call("CreateVolume", changed(requests.create("secrets-bad"), adminID=cluster.key("PROVISIONER")))
            call("CreateVolume", requests.create("secrets-bad", secrets=blue.admin))
            call("CreateVolume", requests.create("secrets-bad", parameters={"mode": "x"}))
            call("ValidateVolumeCapabilities", requests.validate(volume))
            call("NodeStageVolume", requests.stage(volume, staging[0]))
            call("NodePublishVolume", requests.publish(volume, staging[0], target))
            call("NodeStageVolume", changed(requests.stage(volume, staging[1]), userKey=STRANGE_KEY))
            call("NodeStageVolume", changed(requests.stage(volume, staging[2]), userKey=MALFORMED_KEY))
            call("NodeStageVolume", changed(requests.stage(volume, staging[3]), userID="nobody"))
            call("NodeStageVolume", requests.stage(volume, staging[4], secrets=blue.user))
            flags = requests.stage(volume, staging[5], flags=[f"secret={cluster.key('NODE')}"])
            call("NodeStageVolume", flags)
            malformed = requests.create("secrets-bad").SerializeToString() + b"\xff"
            replies.append(client.call("CreateVolume", malformed))
            while_mounted = (
                files_with(secrets, PLACES, since=began),
                pathlib.Path("/proc/mounts").read_text(),
                fuse_clients(cluster["MONITORS"]),
            )
            call("NodeUnpublishVolume", requests.unpublish(volume, target))
            for path in staging:
                call("NodeUnstageVolume", requests.unstage(volume, path))
            call("DeleteVolume", changed(requests.delete(volume.volume_id), adminKey=STRANGE_KEY))
            call("DeleteVolume", requests.delete(volume.volume_id))
        return replies, watch, while_mounted

    def test_covers_success_and_failure(self, traces):
        codes = {reply.code for reply in traces[0]}
        assert {"OK", "INVALID_ARGUMENT", "UNAUTHENTICATED", "PERMISSION_DENIED", "ALREADY_EXISTS"} <= codes

    def test_error_messages_hold_no_key(self, traces, secrets):
        leaking = [reply for reply in traces[0] if any(secret in reply.message for secret in secrets)]
        assert leaking == []

    def test_the_log_holds_no_key(self, traces, plugin, secrets):
        log = plugin.log()
        assert log.count("CreateVolume") >= 5, "the log says so little that it proves nothing"
        leaking = [line for line in log.splitlines() if any(secret in line for secret in secrets)]
        assert leaking == []

    def test_no_process_shows_a_key(self, traces):
        assert traces[1].rounds > 50
        assert traces[1].found == set()

    def test_no_file_that_others_can_read_holds_a_key(self, traces, secrets):
        assert traces[2][2], "nothing was mounted while the files were looked at"
        assert traces[2][0] == []

    def test_the_mount_table_holds_no_key(self, traces, secrets):
        assert not any(secret in traces[2][1] for secret in secrets)

    def test_nothing_of_a_key_stays_behind(self, traces, scratch, secrets):
        """Once nothing is mounted, no file holds a key, not even one that only root can read."""
        assert files_with(secrets, [scratch], only_readable_by_others=False) == []

    def test_the_watch_would_have_seen_one(self, traces, scratch, secrets):
        """The search itself: a key in a readable file, an argument and an environment is found."""
        place = scratch / "planted"
        scratch.chmod(0o755)
        place.write_text(f"key = {secrets[0]}")
        place.chmod(0o644)
        assert files_with(secrets, [scratch]) == [str(place)]
        place.unlink()
        with ProcessWatch(secrets) as watch:
            subprocess.run(["sleep", "0.2"], env={"KEY": secrets[1]}, check=True)
            subprocess.run(["sh", "-c", "sleep 0.2; true", secrets[0]], check=True)
        assert {kind for kind, _ in watch.found} == {"cmdline", "environ"}
