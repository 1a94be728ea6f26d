"""The security matrix: what each key must not be able to do, each row with the errno of its denial.

What needs a mount is tried with ceph-fuse here, and with the kernel's client in the virtual machine (Tests/VM).
"""

import errno
import os
import uuid

import cephfs
import pytest

from harness.clients import FuseClient, connection_options, error_of, monitor_command, pool_as
from harness.plugin import Plugin
from harness.requests import MiB

EPERM, EACCES, EINVAL, ETIMEDOUT = errno.EPERM, errno.EACCES, errno.EINVAL, errno.ETIMEDOUT
PLAIN = {
    "mon": "allow r fsname={fs}",
    "mgr": "allow command noop",
    "osd": "allow rw pool={pool} namespace=cephfs-csi-1-2",
    "mds": "allow rw fsname={fs} path=/volumes/csi/v/1-2",
}


class Holder:
    """A volume, its user and the user's key: what somebody has who broke into one node."""

    def __init__(self, client, cluster, requests, admin, name, **how):
        parameters = how.pop("parameters", {"credentials": "volume"})
        create = requests.create(name, size=64 * MiB, parameters=parameters)
        self.volume = client.must("CreateVolume", create).volume
        node = client.must("NodeGetInfo").node_id
        client.must("ControllerPublishVolume", requests.controller_publish(self.volume, node, **how))
        [self.user] = cluster.users_of(self.volume)
        self.key = cluster.key_of(self.user)
        self.path = self.volume.volume_context["path"]
        self.base, self.uuid = self.path.rsplit("/", 1)
        admin.write(f"{self.path}/file", f"data of {name}")
        self.object = f"{admin.stat(f'{self.path}/file').st_ino:x}.00000000"
        self.namespace = admin.attribute(self.path, "ceph.dir.layout.pool_namespace") or ""

    def remove(self, client, requests):
        client.must("ControllerUnpublishVolume", requests.controller_unpublish(self.volume))
        client.must("DeleteVolume", requests.delete(self.volume.volume_id))


@pytest.fixture(scope="module")
def holders(cluster, requests, admin, tmp_path_factory):
    """Volumes: `own`, whose key was stolen, `sibling`, `reader` (published for reading) and `bypath`."""
    plugin = Plugin(tmp_path_factory.mktemp("sec") / "p", cluster["CONFIG"]).start()
    blue = type(requests)(cluster, "blue")
    tag = uuid.uuid4().hex[:8]
    found = {
        "own": Holder(plugin.client, cluster, requests, admin, f"own-{tag}"),
        "sibling": Holder(plugin.client, cluster, requests, admin, f"sibling-{tag}"),
        "reader": Holder(plugin.client, cluster, requests, admin, f"reader-{tag}", readonly=True),
        "bypath": Holder(plugin.client, cluster, blue, admin, f"bypath-{tag}",
                         parameters={"credentials": "volume", "isolation": "path"}),
    }  # fmt: skip
    yield found
    for name, holder in found.items():
        holder.remove(plugin.client, blue if name == "bypath" else requests)
    plugin.end()


@pytest.fixture(scope="module")
def client(cluster, tmp_path_factory):
    return FuseClient(cluster, tmp_path_factory.mktemp("fuse"))


class TestMounting:
    """A volume's key mounts the volume's data directory and nothing else."""

    def place(self, holders, cluster, label):
        own, sibling = holders["own"], holders["sibling"]
        return {
            "the file system": "/", "the root": cluster["ROOT"], "the group": own.base.rsplit("/", 1)[0],
            "a sibling": sibling.path, "a sibling's base": sibling.base, "its own base": own.base,
            "its own attachments": f"{own.base}/.attachments", "staging": f"{cluster['ROOT']}/_staging",
            "the trash": f"{cluster['ROOT']}/_trash", "another root": cluster["BLUE_ROOT"],
            "another root's volume": holders["bypath"].path, "upwards": f"{own.path}/../..",
            "a name that begins alike": own.path + "x",
        }[label]  # fmt: skip

    @pytest.mark.parametrize("which", ["own", "sibling", "reader", "bypath"])
    def test_its_own_is_mounted(self, holders, client, which):
        """What makes every denial below mean something: the key works."""
        holder = holders[which]
        with client.mounted(holder.user, holder.key, holder.path) as point:
            assert (point / "file").read_text().startswith("data of")

    @pytest.mark.parametrize("label", [
        "the file system", "the root", "the group", "a sibling", "a sibling's base", "its own base",
        "its own attachments", "staging", "the trash", "another root", "another root's volume", "upwards",
        "a name that begins alike",
    ])  # fmt: skip
    def test_anything_else_is_denied(self, holders, cluster, client, label):
        own = holders["own"]

        def mount():
            with client.mounted(own.user, own.key, self.place(holders, cluster, label)):
                pass

        refused = EACCES if client.name == "kernel" else EPERM
        # The MDS takes no path with dots at all.
        assert error_of(mount) == (errno.ENOENT if label == "upwards" else refused)


class TestInside:
    """Who has mounted a volume can use it, and change nothing about it."""

    @pytest.fixture(scope="class")
    def inside(self, holders, client):
        own = holders["own"]
        with client.mounted(own.user, own.key, own.path) as point:
            yield point

    @pytest.mark.parametrize(("attribute", "value"), [
        ("ceph.quota.max_bytes", "0"), ("ceph.quota.max_bytes", str(1 << 40)), ("ceph.quota.max_files", "5"),
        ("ceph.dir.layout.pool_namespace", "cephfs-csi-meta"), ("ceph.dir.layout.pool", "{pool}"),
        ("ceph.dir.layout.stripe_count", "2"), ("ceph.dir.pin", "0"),
    ])  # fmt: skip
    def test_quota_layout_and_pins_stay(self, inside, cluster, attribute, value):
        value = value.format(pool=cluster["DATA_POOL"]).encode()
        assert error_of(lambda: os.setxattr(inside, attribute, value)) in (EPERM, EACCES)

    @pytest.mark.parametrize("action", ["quota", "layout", "snapshot"])
    def test_nor_can_it_below_in_a_directory_of_its_own(self, inside, action):
        own = inside / f"mine-{action}"
        own.mkdir()
        attempts = {
            "quota": lambda: os.setxattr(own, "ceph.quota.max_bytes", b"1048576"),
            "layout": lambda: os.setxattr(own, "ceph.dir.layout.pool_namespace", b"elsewhere"),
            "snapshot": lambda: (own / ".snap" / "mine").mkdir(),
        }
        assert error_of(attempts[action]) in (EPERM, EACCES)

    def test_no_snapshot_is_made(self, inside):
        assert error_of((inside / ".snap" / "mine").mkdir) in (EPERM, EACCES)

    def test_there_is_no_way_up(self, inside, holders):
        names = set(os.listdir(inside / ".."))
        assert ".meta" not in names and holders["own"].uuid not in names

    def test_a_symbolic_link_leads_nowhere_but_into_the_node_s_own_files(self, inside, holders):
        link = inside / "link"
        link.symlink_to(holders["sibling"].path)
        assert error_of(lambda: os.listdir(link)) == errno.ENOENT

    @pytest.mark.parametrize("action", ["write", "create", "mkdir", "unlink", "rename", "chmod", "setxattr", "truncate"])
    def test_a_reader_s_key_changes_nothing(self, holders, client, action):
        reader = holders["reader"]
        with client.mounted(reader.user, reader.key, reader.path) as point:
            file = point / "file"
            attempts = {
                "write": lambda: file.write_text("changed"), "create": lambda: (point / "new").touch(),
                "mkdir": (point / "new").mkdir, "unlink": file.unlink, "rename": lambda: file.rename(point / "other"),
                "chmod": lambda: file.chmod(0o600), "setxattr": lambda: os.setxattr(file, "user.a", b"b"),
                "truncate": lambda: os.truncate(file, 0),
            }  # fmt: skip
            assert error_of(attempts[action]) in (EPERM, EACCES)
            assert file.read_text().startswith("data of")


class TestObjects:
    """Around the MDS: what a volume's key can do to objects."""

    def attempt(self, cluster, holder, namespace, action, pool="DATA_POOL"):
        with pool_as(cluster, holder.user, holder.key, cluster[pool] if pool in cluster.environment else pool,
                     namespace) as context:  # fmt: skip
            return error_of(lambda: action(context))

    def test_its_own_objects_are_read(self, holders, cluster):
        own = holders["own"]
        assert own.namespace.endswith(own.uuid)
        assert self.attempt(cluster, own, own.namespace, lambda context: context.read(own.object)) == 0

    @pytest.mark.parametrize("verb", ["read", "write", "remove", "stat"])
    @pytest.mark.parametrize("where", ["a sibling's", "the default", "the records'", "a new"])
    def test_no_other_namespace(self, holders, cluster, where, verb):
        own, sibling = holders["own"], holders["sibling"]
        namespace = {"a sibling's": sibling.namespace, "the default": "", "the records'": "cephfs-csi-meta",
                     "a new": "cephfs-csi-stolen"}[where]  # fmt: skip
        verbs = {
            "read": lambda context: context.read(sibling.object), "stat": lambda context: context.stat(sibling.object),
            "write": lambda context: context.write_full(sibling.object, b"changed"),
            "remove": lambda context: context.remove_object(sibling.object),
        }  # fmt: skip
        assert self.attempt(cluster, own, namespace, verbs[verb]) == EPERM

    def test_the_metadata_pool_is_closed(self, holders, cluster):
        pool = f"{cluster['FS']}_metadata"
        assert self.attempt(cluster, holders["own"], "", lambda context: context.read("1.00000000"), pool) == EPERM

    def test_a_reader_writes_no_object(self, holders, cluster):
        reader = holders["reader"]
        write = lambda context: context.write_full(reader.object, b"changed")  # noqa: E731
        assert self.attempt(cluster, reader, reader.namespace, write) == EPERM
        assert self.attempt(cluster, reader, reader.namespace, lambda context: context.read(reader.object)) == 0


class TestVolumeUserAtTheMonitors:
    @pytest.mark.parametrize(("prefix", "arguments"), [
        ("auth get-or-create", {"entity": "client.csi-volume-x", "caps": ["mon", "allow r"]}),
        ("auth get-or-create", {"entity": "client.x", "caps": ["mon", "allow *"]}),
        ("auth caps", {"entity": "client.{own}", "caps": ["mon", "allow *"]}),
        ("auth get", {"entity": "client.{sibling}"}), ("auth get", {"entity": "client.admin"}),
        ("auth get-key", {"entity": "client.{sibling}"}), ("auth print-key", {"entity": "client.admin"}),
        ("auth export", {}), ("auth ls", {}), ("auth rm", {"entity": "client.{sibling}"}),
        ("config-key ls", {}), ("config set", {"who": "mon", "name": "debug_mon", "value": "1"}),
        ("osd blocklist", {"blocklistop": "add", "addr": "127.0.0.9:0/1"}),
        ("osd pool delete", {"pool": "{pool}", "pool2": "{pool}", "yes_i_really_really_mean_it": True}),
        ("fs fail", {"fs_name": "{fs}"}), ("mds fail", {"role_or_gid": "a"}),
    ])  # fmt: skip
    def test_is_denied(self, holders, cluster, prefix, arguments):
        own = holders["own"]
        words = filled(arguments, own=own.user, sibling=holders["sibling"].user, pool=cluster["DATA_POOL"],
                       fs=cluster["FS"])  # fmt: skip
        assert monitor_command(cluster, own.user, own.key, prefix, words) == EACCES


def filled(arguments, **values):
    """The arguments with names in place of `{…}`."""
    def fill(value):
        if isinstance(value, list):
            return [fill(one) for one in value]
        return value.format(**values) if isinstance(value, str) else value

    return {name: fill(value) for name, value in arguments.items()}


def minted(entity="client.csi-volume-stolen", **changes):
    """The request for a volume user with some of its caps changed; None leaves a part out."""
    caps = []
    for daemon, text in {**PLAIN, **changes}.items():
        if text is not None:
            caps += [daemon, text]
    return {"entity": entity, "caps": caps}


ESCALATIONS = [
    ("every monitor command", minted(mon="allow *")), ("writing to monitors", minted(mon="allow rw fsname={fs}")),
    ("a profile", minted(mon="profile osd")), ("no file system named", minted(mon="allow r")),
    ("a second grant of the monitor's", minted(mon="allow r fsname={fs}, allow *")), ("no mon caps", minted(mon=None)),
    ("every object", minted(osd="allow *")), ("every object read", minted(osd="allow r")),
    ("every pool", minted(osd="allow rw")), ("the whole pool", minted(osd="allow rw pool={pool}")),
    ("the metadata pool", minted(osd="allow rw pool={fs}_metadata namespace=cephfs-csi-1")),
    ("every data pool", minted(osd="allow rw tag cephfs data={fs}")),
    ("every metadata pool", minted(osd="allow rw tag cephfs metadata={fs}")),
    ("another namespace", minted(osd="allow rw pool={pool} namespace=other")),
    ("every namespace of ours", minted(osd="allow rw pool={pool} namespace=cephfs-csi-*")),
    ("a second grant of the OSDs'", minted(osd="allow rw pool={pool} namespace=cephfs-csi-1, allow *")),
    ("executing", minted(osd="allow rwx pool={pool} namespace=cephfs-csi-1")), ("no OSD caps", minted(osd=None)),
    ("every directory", minted(mds="allow *")), ("every directory of it", minted(mds="allow rw fsname={fs}")),
    ("the root", minted(mds="allow rw fsname={fs} path=/")),
    ("our root", minted(mds="allow rw fsname={fs} path=/volumes")),
    ("the group", minted(mds="allow rw fsname={fs} path=/volumes/csi")),
    ("a volume's base", minted(mds="allow rw fsname={fs} path=/volumes/csi/v")),
    ("another root", minted(mds="allow rw fsname={fs} path=/tenants/blue/apps/v")),
    ("a way up", minted(mds="allow rw fsname={fs} path=/volumes/../v/x")),
    ("a way up in the middle", minted(mds="allow rw fsname={fs} path=/volumes/csi/../x")),
    ("a way up at the end", minted(mds="allow rw fsname={fs} path=/volumes/csi/v/..")),
    ("staging", minted(mds="allow rw fsname={fs} path=/volumes/_staging/v/x")),
    ("quotas and layouts", minted(mds="allow rwp fsname={fs} path=/volumes/csi/v/x")),
    ("snapshots", minted(mds="allow rws fsname={fs} path=/volumes/csi/v/x")),
    ("a second grant of the MDS's", minted(mds="allow rw fsname={fs} path=/volumes/csi/v/x, allow *")),
    ("another file system", minted(mds="allow rw fsname=other path=/volumes/csi/v/x")),
    ("no MDS caps", minted(mds=None)),
    ("every manager command", minted(mgr="allow *")), ("reading the manager", minted(mgr="allow r")),
    ("no mgr caps", minted(mgr=None)),
    ("another name", minted("client.other")), ("the administrator's name", minted("client.admin")),
    ("its own name", minted("client.csi-provisioner")), ("another tenant's prefix", minted("client.csi-blue-volume-x")),
    ("the prefix alone", minted("client.csi-volume")), ("a daemon's name", minted("mds.csi-volume-x")),
    ("no caps at all", {"entity": "client.csi-volume-stolen"}),
]  # fmt: skip

OTHER_COMMANDS = [
    ("auth get", {"entity": "client.admin"}), ("auth get", {"entity": "client.csi-blue-provisioner"}),
    ("auth get", {"entity": "client.{bypath}"}), ("auth get", {"entity": "client.csi-provisioner"}),
    ("auth rm", {"entity": "client.{bypath}"}), ("auth rm", {"entity": "client.admin"}),
    ("auth get-key", {"entity": "client.admin"}), ("auth print-key", {"entity": "client.admin"}),
    ("auth export", {}), ("auth export", {"entity": "client.admin"}), ("auth ls", {}), ("auth import", {}),
    ("auth add", minted()), ("auth get-or-create-key", minted()), ("config-key ls", {}), ("config-key dump", {}),
    ("config set", {"who": "mon", "name": "auth_client_required", "value": "none"}), ("config assimilate-conf", {}),
    ("osd blocklist", {"blocklistop": "add", "addr": "127.0.0.9:0/1"}), ("osd blocklist clear", {}),
    ("osd pool delete", {"pool": "{pool}", "pool2": "{pool}", "yes_i_really_really_mean_it": True}),
    ("osd pool application set", {"pool": "{pool}", "app": "cephfs", "key": "data", "value": "other"}),
    ("fs authorize", {"filesystem": "{fs}", "entity": "client.x", "caps": ["/", "rw"]}),
    ("fs set", {"fs_name": "{fs}", "var": "max_mds", "val": "2"}), ("fs fail", {"fs_name": "{fs}"}),
    ("fs rm", {"fs_name": "{fs}", "yes_i_really_mean_it": True}), ("mds fail", {"role_or_gid": "a"}),
    ("mon add", {"name": "b", "addr": "127.0.0.9:1"}), ("mgr module enable", {"module": "dashboard"}),
]  # fmt: skip


class TestProvisioner:
    """The provisioner's key makes volume users and nothing mightier."""

    def run(self, cluster, holders, prefix, arguments):
        words = filled(arguments, pool=cluster["DATA_POOL"], fs=cluster["FS"], bypath=holders["bypath"].user)
        return monitor_command(cluster, cluster["PROVISIONER_ID"], cluster.key("PROVISIONER"), prefix, words)

    def test_makes_reads_and_removes_a_volume_user(self, holders, cluster):
        """What makes every denial below mean something: the unchanged request succeeds."""
        assert self.run(cluster, holders, "auth get-or-create", minted()) == 0
        assert self.run(cluster, holders, "auth get", {"entity": "client.csi-volume-stolen"}) == 0
        assert self.run(cluster, holders, "auth rm", {"entity": "client.csi-volume-stolen"}) == 0

    @pytest.mark.parametrize("request_", [row[1] for row in ESCALATIONS], ids=[row[0] for row in ESCALATIONS])
    def test_can_t_make_a_user_with(self, holders, cluster, request_):
        assert self.run(cluster, holders, "auth get-or-create", request_) == EACCES
        assert "csi-volume-stolen" not in cluster.users("csi-volume-s")

    @pytest.mark.parametrize(
        "request_", [minted(), *[row[1] for row in ESCALATIONS]], ids=["what it has", *[row[0] for row in ESCALATIONS]]
    )
    def test_can_t_give_a_volume_user(self, holders, cluster, request_):
        own = holders["own"]
        before = cluster.users("")[own.user]
        entity = request_["entity"]
        target = f"client.{own.user}" if entity == "client.csi-volume-stolen" else entity
        assert self.run(cluster, holders, "auth caps", {**request_, "entity": target}) == EACCES
        assert cluster.users("")[own.user] == before

    @pytest.mark.parametrize(("prefix", "arguments"), OTHER_COMMANDS,
                             ids=[f"{row[0]}-{row[1].get('entity', '')}" for row in OTHER_COMMANDS])  # fmt: skip
    def test_can_t_run(self, holders, cluster, prefix, arguments):
        assert self.run(cluster, holders, prefix, arguments) == EACCES

    @pytest.mark.parametrize("which", ["PROVISIONER", "BLUE_PROVISIONER"])
    def test_mounts_its_root_only(self, cluster, which):
        allowed = cluster["ROOT" if which == "PROVISIONER" else "BLUE_ROOT"]
        for path in ("/", "/tenants", cluster["ROOT"], cluster["BLUE_ROOT"]):
            expected = 0 if path == allowed else EPERM
            assert error_of(lambda: list_root(cluster, which, path)) == expected, path

    def test_reads_no_metadata_object(self, cluster):
        with pool_as(cluster, cluster["PROVISIONER_ID"], cluster.key("PROVISIONER"),
                     f"{cluster['FS']}_metadata") as context:  # fmt: skip
            assert error_of(lambda: context.read("1.00000000")) == EPERM

    def test_of_another_tenant_reads_no_object_of_ours(self, holders, cluster):
        """The other way round: the tenant whose volumes are isolated by path shares the pool's default namespace."""
        own, bypath = holders["own"], holders["bypath"]
        with pool_as(cluster, cluster["PROVISIONER_ID"], cluster.key("PROVISIONER"), cluster["DATA_POOL"],
                     bypath.namespace) as context:  # fmt: skip
            assert error_of(lambda: context.read(bypath.object)) == EPERM
        assert own.namespace != bypath.namespace


class TestFencer:
    def test_reads_no_data(self, holders, cluster):
        own = holders["own"]
        with pool_as(cluster, cluster["FENCER_ID"], cluster.key("FENCER"), cluster["DATA_POOL"],
                     own.namespace) as context:  # fmt: skip
            # Without any caps at the OSDs: from Ceph 18 on they do not even answer.
            denied = EPERM if int(cluster["CEPH"]) < 18 else ETIMEDOUT
            assert error_of(lambda: context.read(own.object)) == denied

    @pytest.mark.parametrize(("prefix", "arguments"), [
        ("auth get", {"entity": "client.admin"}), ("auth ls", {}), ("auth get-or-create", minted()),
        ("config set", {"who": "mon", "name": "debug_mon", "value": "1"}),
        ("osd pool delete", {"pool": "{pool}", "pool2": "{pool}", "yes_i_really_really_mean_it": True}),
    ])  # fmt: skip
    def test_is_no_administrator(self, cluster, prefix, arguments):
        words = filled(arguments, pool=cluster["DATA_POOL"], fs=cluster["FS"])
        assert monitor_command(cluster, cluster["FENCER_ID"], cluster.key("FENCER"), prefix, words) == EACCES


def list_root(cluster, which, path):
    mount = cephfs.LibCephFS(auth_id=cluster[f"{which}_ID"])
    for option, value in connection_options(cluster, cluster.key(which)).items():
        mount.conf_set(option, value)
    try:
        mount.mount(mount_root=path.encode(), filesystem_name=cluster["FS"].encode())
        mount.closedir(mount.opendir(b"/"))
        mount.unmount()
    finally:
        mount.shutdown()
