"""The users of a cluster and their keys. Every user comes to life with the monitor's store, so that nothing has to be
made by command later."""

import subprocess

ROOTS = {
    # Name of the files: provisioner, node user, root, group, what volume users begin with, both isolations.
    "dev": ("csi-provisioner", "csi-node", "/volumes", "csi", "csi-volume", False),
    "blue": ("csi-blue-provisioner", "csi-blue-node", "/tenants/blue", "apps", "csi-blue-volume", True),
}


def section(entity, key, caps=()):
    """One section of a keyring: a user, its key, and its caps as (service, text)."""
    lines = [f"[{entity}]", f"\tkey = {key}"]
    lines += ['\tcaps {} = "{}"'.format(service, text.replace('"', '\\"')) for service, text in caps]
    return "\n".join(lines) + "\n"


def new_key(settings, for_daemon=False):
    """A client's key, or a daemon's. Only Ceph 20 has kinds of them."""
    words = ["ceph-authtool", "--gen-print-key"]
    if settings.ceph >= 20:
        new = settings.keys != "aes" if for_daemon else settings.keys == "aes256k"
        words += ["--key-type", "aes256k" if new else "aes"]
    return subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()


def minting_caps(fs, prefix, root, objects):
    """The monitor cap that allows to make and remove a prefix's volume users, with OSD caps that match `objects`.
    CephUserCaps.swift writes the same; a test holds the one against the other."""
    own = f"entity prefix client.{prefix}-"
    name = "[A-Za-z0-9][A-Za-z0-9._-]*"
    directory = f"{root.replace('.', '[.]')}/(_retained|{name})/{name}/{name}"
    return (
        f'allow r, allow command "auth get-or-create" with {own} '
        f'caps_mon="allow r fsname={fs}" caps_osd regex "allow rw? {objects}" '
        f'caps_mds regex "allow rw? fsname={fs.replace(".", "[.]")} path={directory}" '
        f'caps_mgr="allow command noop", allow command "auth get" with {own}, allow command "auth rm" with {own}'
    )


def users_of_root(settings, files):
    """The keyring sections of one root's provisioner and node user; writes their keys into files."""
    provisioner, node, root, group, prefix, both_isolations = ROOTS[files]
    fs, pool = settings.fs, f"{settings.fs}_data"
    objects = f"pool={pool.replace('.', '[.]')} namespace=cephfs-csi-[0-9a-f-]+"
    osd = f"allow rw pool={pool} namespace=cephfs-csi-*"
    if both_isolations:
        objects, osd = f"({objects}|tag cephfs data={fs.replace('.', '[.]')})", f"allow rw tag cephfs data={fs}"
    keys = {which: new_key(settings) for which in ("provisioner", "node")}
    for which, key in keys.items():
        (settings.dir / "keys" / f"{files}-{which}.key").write_text(key)
    return section(
        f"client.{provisioner}",
        keys["provisioner"],
        [("mon", minting_caps(fs, prefix, root, objects)), ("mds", f"allow rwfps fsname={fs} path={root}"), ("osd", osd)],
    ) + section(
        f"client.{node}",
        keys["node"],
        [("mon", "allow r"), ("mds", f"allow rw fsname={fs} path={root}/{group}"), ("osd", f"allow rw tag cephfs data={fs}")],
    )


def write(settings, metadata_servers):
    """Every keyring: the daemons', the administrator's, and the monitor's first one with all users."""
    directory = settings.dir
    mon, osd, mgr, mds = (new_key(settings, for_daemon=True) for _ in range(4))
    admin, fencer = new_key(settings), new_key(settings)
    everything = [(service, "allow *") for service in ("mon", "mds", "osd", "mgr")]
    (directory / "keys" / "fencer.key").write_text(fencer)
    (directory / "admin.keyring").write_text(section("client.admin", admin))
    (directory / "osd" / "keyring").write_text(section("osd.0", osd))
    (directory / "mgr" / "keyring").write_text(section("mgr.x", mgr))
    sections = [
        section("mon.", mon, [("mon", "allow *")]),
        section("client.admin", admin, everything),
        section("osd.0", osd, [("mon", "allow profile osd"), ("mgr", "allow profile osd"), ("osd", "allow *")]),
        section("mgr.x", mgr, [("mon", "allow profile mgr"), ("osd", "allow *"), ("mds", "allow *")]),
    ]
    of_mds = [("mon", "allow profile mds"), ("mds", "allow *"), ("osd", "allow rwx"), ("mgr", "allow profile mds")]
    for name in metadata_servers:
        (directory / f"mds.{name}" / "keyring").write_text(section(f"mds.{name}", mds))
        sections.append(section(f"mds.{name}", mds, of_mds))
    sections += [users_of_root(settings, files) for files in ROOTS]
    sections.append(section("client.csi-fencer", fencer, [("mon", "allow r"), ("mds", "allow *")]))
    (directory / "initial.keyring").write_text("".join(sections))
