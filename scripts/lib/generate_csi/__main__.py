"""Writes the C and the Swift sources of the CSI API from a descriptor set.

usage: generate_csi DESCRIPTOR_SET ROOT

Everything comes from the descriptor: types, documentation (the proto's comments) and which fields are secret (the
csi_secret option). What this generator was not written for is an error, never a guess.
"""

import sys
from pathlib import Path

from google.protobuf import descriptor_pb2

sys.path.insert(0, str(Path(__file__).parents[1]))
from generate_csi import c_sources, schema, swift_messages, swift_services, swift_tests


def replace(directory: Path, files: dict[str, str]) -> None:
    """Makes the directory hold exactly these files; what is current already keeps its time, for the build's sake."""
    directory.mkdir(parents=True, exist_ok=True)
    for path in directory.rglob("*"):
        if path.is_file() and str(path.relative_to(directory)) not in files:
            path.unlink()
    for name, text in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.is_file() or path.read_text() != text:
            path.write_text(text)


def main() -> None:
    descriptor_set, root = sys.argv[1:]
    files = descriptor_pb2.FileDescriptorSet.FromString(Path(descriptor_set).read_bytes()).file
    csi = schema.Schema(files[-1])
    replace(Path(root, "Sources/C/CCSI"), c_sources.files(csi))
    replace(Path(root, "Sources/CSI/Generated"), swift_messages.files(csi) | swift_services.files(csi))
    replace(Path(root, "Tests/CSITests/Generated"), swift_tests.files(csi))


if __name__ == "__main__":
    main()
