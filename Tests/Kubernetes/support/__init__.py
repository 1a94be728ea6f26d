"""What the tests on a Kubernetes cluster share."""
