"""What the tests of the manifests share."""
