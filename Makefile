# Every target is a script or a single command; `make help` lists them.
.DEFAULT_GOAL := help
.PHONY: help bootstrap build release test test-vm e2e sanity demo bench generate check lint format clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

bootstrap: ## install by apt what building and testing need and this machine lacks
	@scripts/bootstrap

build: bootstrap ## debug build
	swift build

release: bootstrap ## optimised build with the Swift libraries inside: .build/release/cephfs-csi
	swift build -c release --static-swift-stdlib --product cephfs-csi

test: ## everything: generated code, unit, wire, end-to-end and kernel tests, csi-sanity, footprint; one summary line at the end
	@scripts/test

.PHONY: test-all
test-all: release ## sanitizers, fuzzing, then csi-sanity, end-to-end and kernel tests with each pair of Ceph releases and each kernel (ARGS go to scripts/matrix)
	@scripts/sanitize
	@scripts/fuzz --seconds 20
	@scripts/matrix $(ARGS)

e2e: release ## the end-to-end tests alone; ARGS go to pytest (make e2e ARGS='-k quota')
	/usr/bin/python3 -m pytest Tests/EndToEnd $(ARGS)

.PHONY: test-faults
test-faults: release ## every fault against every call, kills at random moments, a soak: hours; ARGS go to pytest
	FAULTS=long /usr/bin/python3 -m pytest Tests/Faults $(ARGS)

test-vm: ## the kernel's own CephFS client, in a virtual machine
	@scripts/test vm

.PHONY: test-kubernetes
test-kubernetes: ## on the cluster of KUBECONFIG, with IMAGE and the file CEPH (CONTRIBUTING.md); ARGS go to pytest
	IMAGE=$(IMAGE) CEPH=$(CEPH) /usr/bin/python3 -m pytest Tests/Kubernetes -q --junit-xml=.build/kubernetes.xml $(ARGS)

sanity: release ## csi-sanity alone, when CSI_SANITY or the PATH has it
	@scripts/sanity

.PHONY: deploy-check image
deploy-check: release ## manifests, chart and Dockerfile, without a cluster; ARGS go to pytest
	@scripts/deploy-check $(ARGS)

image: ## the plugin's image, with docker, podman or buildah; IMAGE names it
	@IMAGE=$(IMAGE) scripts/image $(ARGS)

demo: ## a volume's whole life on a real Ceph cluster, step by step; CEPH=18 or CEPH=20 for a newer one than 16
	@scripts/demo

bench: ## CreateVolume and DeleteVolume beside bare libcephfs and the mgr
	@Benchmarks/volumes

generate: ## make the generated sources from proto/csi.proto
	@scripts/generate

check: ## the quick tier: lint, generated sources, and the tests that need neither root nor Ceph
	@scripts/check

lint: ## formatting, shell scripts, spelling and commit messages, strictly
	@scripts/lint

format: ## format the Swift sources in place
	swift format -i -r Package.swift Sources Tests

.PHONY: docs
docs: ## the DocC catalogue as a site in .build/docs
	docc convert Sources/cephfs-csi/cephfs-csi.docc --warnings-as-errors --output-path .build/docs

clean: ## remove what was built
	rm -rf .build
