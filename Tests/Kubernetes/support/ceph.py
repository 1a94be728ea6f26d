"""The Ceph cluster as the tests are given it: a file with the plugin's configuration and its users."""

import os
import pathlib

import yaml


class CephFile:
    """What the file that CEPH names says; CONTRIBUTING.md shows one."""

    def __init__(self, path):
        text = yaml.safe_load(pathlib.Path(path).read_text())
        self.clusters, self.users = text["clusters"], text["users"]
        for role in ("provisioner", "fencer", "node"):
            assert set(self.users[role]) == {"id", "key"}, f"{path}: users.{role} needs id and key"

    @classmethod
    def from_environment(cls):
        path = os.environ.get("CEPH")
        assert path, "set CEPH to the file that describes the Ceph cluster (CONTRIBUTING.md, “On Kubernetes”)"
        return cls(path)

    @property
    def configuration(self):
        return yaml.safe_dump({"clusters": self.clusters}, sort_keys=False)

    def secrets(self):
        """The secrets of deploy/examples/secrets.yaml, with keys."""
        provisioner, fencer, node = (self.users[role] for role in ("provisioner", "fencer", "node"))
        admin = {"adminID": provisioner["id"], "adminKey": provisioner["key"]}
        data = {
            "cephfs-csi-provisioner": admin,
            "cephfs-csi-fencer": {**admin, "fencerID": fencer["id"], "fencerKey": fencer["key"]},
            "cephfs-csi-node": {"userID": node["id"], "userKey": node["key"]},
        }
        return [
            {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "stringData": keys}
            for name, keys in data.items()
        ]
