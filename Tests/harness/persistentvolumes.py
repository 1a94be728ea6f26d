"""What Kubernetes does with a PersistentVolume, by the plugin's calls."""

import contextlib


@contextlib.contextmanager
def mounted(client, requests, volume, node_paths):
    """The volume attached to this node and published to a pod's directory, by users of its own."""
    node = client.must("NodeGetInfo").node_id
    context = dict(client.must("ControllerPublishVolume", requests.controller_publish(volume, node)).publish_context)
    staging, target = node_paths.staging, node_paths.target()
    client.must("NodeStageVolume", requests.stage(volume, staging, context=context))
    try:
        client.must("NodePublishVolume", requests.publish(volume, staging, target, context=context))
        yield target
    finally:
        client.must("NodeUnpublishVolume", requests.unpublish(volume, target))
        client.must("NodeUnstageVolume", requests.unstage(volume, staging))
        client.must("ControllerUnpublishVolume", requests.controller_unpublish(volume, node))


def secret_of(spec, call):
    """Namespace and name of a PersistentVolume's secret for a call."""
    secret = spec["csi"][f"{call}SecretRef"]
    return secret["namespace"], secret["name"]
