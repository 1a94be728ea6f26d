"""The files of a cluster: ceph.conf, the plugin's configurations, csi-sanity's secrets, the manager's modules."""

import pathlib

from .keyrings import ROOTS

PORTS = 24
CONTROLLER_CALLS = (
    "CreateVolume",
    "DeleteVolume",
    "ControllerPublishVolume",
    "ControllerUnpublishVolume",
    "ControllerValidateVolumeCapabilities",
    "CreateSnapshot",
    "DeleteSnapshot",
    "ListSnapshots",
    "GetSnapshot",
    "ControllerExpandVolume",
    "ControllerModifyVolume",
)
# What `fs subvolume` needs; the manager loads every module of its path, for seconds and with much memory.
NEEDED_MODULES = ("mgr_module.py", "mgr_util.py", "object_format.py", "cherrypy_mgr.py", "orchestrator", "volumes")
SILENT = ("default", "mon", "osd", "mds", "mgr", "ms", "rocksdb", "bluestore", "bdev", "bluefs", "paxos", "auth", "client")


class Monitors:
    """The monitors' addresses, as ceph.conf, the plugin's configuration and the kernel take them."""

    def __init__(self, settings, first_port):
        self.names = "abcd"[: settings.mons]
        ports = [first_port + 2 * number for number in range(settings.mons)]
        if settings.msgr2_only:
            self.vectors = [f"[v2:127.0.0.1:{port}]" for port in ports]
            self.kernels = [f"127.0.0.1:{port}" for port in ports]
        else:
            self.vectors = [f"[v2:127.0.0.1:{port},v1:127.0.0.1:{port + 1}]" for port in ports]
            self.kernels = [f"127.0.0.1:{port + 1}" for port in ports]

    @property
    def mon_host(self):
        return ",".join(self.vectors)

    @property
    def kernel(self):
        return ",".join(self.kernels)

    @property
    def yaml(self):
        return ", ".join(f'"{vector}"' for vector in self.vectors)


def ceph_conf(settings, fsid, monitors, first_port):
    directory = settings.dir
    silence = "\n".join(f"debug_{part} = 0/0" for part in SILENT)
    return f"""\
[global]
fsid = {fsid}
mon_host = {monitors.mon_host}
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
ms_bind_port_min = {first_port + 2 * settings.mons}
ms_bind_port_max = {first_port + PORTS - 1}
auth_cluster_required = cephx
auth_service_required = cephx
auth_client_required = cephx
auth_allow_insecure_global_id_reclaim = false
run_dir = {directory}/run
admin_socket = {directory}/run/$name.$pid.asok
pid_file =
crash_dir = {directory}/log
log_file = {directory}/log/$name.log
log_to_stderr = false
err_to_stderr = true
mon_cluster_log_to_file = false
mon_cluster_log_to_stderr = false
{silence}
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 8
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
mon_allow_pool_size_one = true
mon_allow_pool_delete = true
mon_warn_on_pool_no_redundancy = false

[client]
client_mount_timeout = 5
log_file =
admin_socket =

[client.admin]
keyring = {directory}/admin.keyring

[mon]
mon_data = {directory}/$name
mon_data_avail_warn = 1
mon_data_avail_crit = 0
# Nothing else proposes at the same time, so there is nothing to gather.
paxos_propose_interval = 0.05
# Tests freeze daemons; a frozen one must not be declared dead within a test.
mds_beacon_grace = 120
mon_mgr_beacon_grace = 120
mon_osd_report_timeout = 3600
mon_cluster_log_file =

[mgr]
mgr_data = {directory}/mgr
keyring = {directory}/mgr/keyring
mgr_module_path = {directory}/modules

[osd]
osd_data = {directory}/osd
keyring = {directory}/osd/keyring
osd_memory_target = 939524096
bluestore_cache_autotune = false
bluestore_cache_size = 67108864
bluestore_rocksdb_options = compression=kNoCompression,max_write_buffer_number=4,min_write_buffer_number_to_merge=1,recycle_log_file_num=4,write_buffer_size=33554432,max_background_compactions=2,max_total_wal_size=134217728
osd_min_pg_log_entries = 200
osd_max_pg_log_entries = 1000
# Sparse: only what is written takes room on the disk.
bluestore_block_size = 21474836480
osd_heartbeat_grace = 3600

[mds]
mds_data = {directory}/$name
keyring = {directory}/$name/keyring
mds_cache_memory_limit = 268435456
# After a killed MDS only clients that are gone as well are waited for; 45 s of that help nobody here.
mds_reconnect_timeout = 10
mds_beacon_grace = 120
"""  # noqa: E501


def plugin_configuration(settings, fsid, monitors, mounter):
    entries = [
        f"""\
  - id: {files}
    monitors: [{monitors.yaml}]
    fsid: {fsid}
    filesystem: {settings.fs}
    root: {root}
    group: {group}
    userPrefix: {prefix}
    mounter: {mounter}
    user: {provisioner}
    keyFile: {settings.dir}/keys/{files}-provisioner.key
"""
        for files, (provisioner, _, root, group, prefix, _) in ROOTS.items()
    ]
    return "clusters:\n" + "".join(entries)


def sanity_secrets(settings, files):
    """csi-sanity's secrets file for one root."""
    provisioner, node = ROOTS[files][:2]
    keys = settings.dir / "keys"
    provisioner_key, node_key = ((keys / f"{files}-{which}.key").read_text() for which in ("provisioner", "node"))
    text = ""
    for call in CONTROLLER_CALLS:
        text += f"{call}Secret:\n  adminID: {provisioner}\n  adminKey: {provisioner_key}\n"
        if call.endswith("ublishVolume"):
            text += f"  fencerID: csi-fencer\n  fencerKey: {(keys / 'fencer.key').read_text()}\n"
    for call in ("NodeStageVolume", "NodePublishVolume"):
        text += f"{call}Secret:\n  userID: {node}\n  userKey: {node_key}\n"
    return text


def write_for_plugin(settings, fsid, monitors):
    for suffix, mounter in (("", "fuse"), ("-kernel", "kernel"), ("-auto", "auto")):
        text = plugin_configuration(settings, fsid, monitors, mounter)
        (settings.dir / f"plugin{suffix}.yaml").write_text(text)
    for files in ROOTS:
        (settings.dir / f"{files}-sanity-secrets.yaml").write_text(sanity_secrets(settings, files))


def link_manager_modules(settings, modules):
    found = pathlib.Path("/usr/share/ceph/mgr")
    names = NEEDED_MODULES if modules == "volumes" else [path.name for path in found.iterdir()]
    for name in names:
        # Some came with later releases.
        if (found / name).exists():
            (settings.dir / "modules" / name).symlink_to(found / name)
    # Debian 13's bcrypt can't be loaded in a Python interpreter beside another, as every module's is, and mgr_util of
    # Ceph 18 loads it for a function that only the dashboard calls.
    if settings.ceph == 18:
        (settings.dir / "modules" / "bcrypt.py").touch()
