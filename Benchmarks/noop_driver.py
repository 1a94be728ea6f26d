"""A CSI driver that does nothing: what a pod waits for with it is Kubernetes' own time. Benchmarks/attach runs it.

usage: noop_driver.py SOCKET DRIVER NODE
"""

import concurrent.futures
import os
import pathlib
import subprocess
import sys

import grpc

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "Tests"))

from harness.stubs import csi

CONTROLLER, NODE = "csi.v1.Controller", "csi.v1.Node"


def publish(request, _context):
    """A volume is an empty file system in memory."""
    os.makedirs(request.target_path, exist_ok=True)
    if not os.path.ismount(request.target_path):
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "noop", request.target_path], check=True)
    return csi.NodePublishVolumeResponse()


def unpublish(request, _context):
    if os.path.ismount(request.target_path):
        subprocess.run(["umount", request.target_path], check=True)
    if os.path.isdir(request.target_path):
        os.rmdir(request.target_path)
    return csi.NodeUnpublishVolumeResponse()


def capability(message, part, name):
    made = message()
    getattr(made, part).type = getattr(type(getattr(made, part)), name)
    return made


def methods(driver, node):
    """Path, request class and handler of each method that is served."""
    publishes = capability(csi.ControllerServiceCapability, "rpc", "PUBLISH_UNPUBLISH_VOLUME")
    stages = capability(csi.NodeServiceCapability, "rpc", "STAGE_UNSTAGE_VOLUME")
    has_controller = capability(csi.PluginCapability, "service", "CONTROLLER_SERVICE")
    answers = {
        "csi.v1.Identity/GetPluginInfo": csi.GetPluginInfoResponse(name=driver, vendor_version="1"),
        "csi.v1.Identity/GetPluginCapabilities": csi.GetPluginCapabilitiesResponse(capabilities=[has_controller]),
        "csi.v1.Identity/Probe": csi.ProbeResponse(),
        f"{CONTROLLER}/ControllerGetCapabilities": csi.ControllerGetCapabilitiesResponse(capabilities=[publishes]),
        f"{CONTROLLER}/ControllerPublishVolume": csi.ControllerPublishVolumeResponse(),
        f"{CONTROLLER}/ControllerUnpublishVolume": csi.ControllerUnpublishVolumeResponse(),
        f"{NODE}/NodeGetInfo": csi.NodeGetInfoResponse(node_id=node),
        f"{NODE}/NodeGetCapabilities": csi.NodeGetCapabilitiesResponse(capabilities=[stages]),
        f"{NODE}/NodeStageVolume": csi.NodeStageVolumeResponse(),
        f"{NODE}/NodeUnstageVolume": csi.NodeUnstageVolumeResponse(),
    }
    served = {path: (lambda _request, _context, answer=answer: answer) for path, answer in answers.items()}
    served[f"{NODE}/NodePublishVolume"] = publish
    served[f"{NODE}/NodeUnpublishVolume"] = unpublish
    return served


class Handlers(grpc.GenericRpcHandler):
    """Looks methods up in the table."""

    def __init__(self, served):
        self.served = served

    def service(self, details):
        path = details.method.lstrip("/")
        handler = self.served.get(path)
        if handler is None:
            return None
        request = getattr(csi, path.rpartition("/")[2] + "Request")
        return grpc.unary_unary_rpc_method_handler(
            handler, request_deserializer=request.FromString, response_serializer=lambda answer: answer.SerializeToString()
        )


def main():
    socket, driver, node = sys.argv[1:]
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(max_workers=8))
    server.add_generic_rpc_handlers([Handlers(methods(driver, node))])
    server.add_insecure_port(f"unix://{socket}")
    server.start()
    server.wait_for_termination()


if __name__ == "__main__":
    main()
