"""Writes the C and the Swift sources of the CSI API from a descriptor set.

usage: generate-csi.py DESCRIPTOR_SET SOURCES

Everything comes from the descriptor: types, documentation (the proto's comments) and which fields are secret (the
csi_secret option). What this generator was not written for is an error, never a guess.
"""

import shutil
import sys
from pathlib import Path

from google.protobuf import descriptor_pb2

sys.path.insert(0, str(Path(__file__).parent))
from generate_csi import c_sources, schema, swift_messages, swift_services  # noqa: E402


def replace(directory: Path, files: dict[str, str]) -> None:
    """Makes the directory hold exactly these files."""
    shutil.rmtree(directory, ignore_errors=True)
    for name, text in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def main() -> None:
    descriptor_set, sources = sys.argv[1:]
    files = descriptor_pb2.FileDescriptorSet.FromString(Path(descriptor_set).read_bytes()).file
    csi = schema.Schema(files[-1])
    replace(Path(sources, "CCSI"), c_sources.files(csi))
    replace(Path(sources, "CSI", "Generated"), swift_messages.files(csi) | swift_services.files(csi))


if __name__ == "__main__":
    main()
