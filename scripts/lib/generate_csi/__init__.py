"""The parts of the CSI code generator; scripts/lib/generate_csi is the entry."""
