"""The parts of the CSI code generator; scripts/generate-csi.py is the entry."""
