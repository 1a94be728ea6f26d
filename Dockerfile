# The plugin's image; `make image` builds it. Its base decides which Ceph client the plugin has: only Ceph 20's, of Debian
# testing, serves clusters of 16, 18 and 20 (docs/decisions/0017-image-base.md). debian:trixie-slim has Ceph 18.2,
# debian:bookworm-slim 16.2. For builds that can be repeated to the byte, give both images by digest.
ARG SWIFT_IMAGE=swift:6.3.1-bookworm
ARG RUNTIME_IMAGE=debian:forky-slim

FROM ${SWIFT_IMAGE} AS build
WORKDIR /source
# In a layer of its own: what building needs changes less often than the sources.
COPY scripts/bootstrap scripts/bootstrap
RUN scripts/bootstrap --build-only && apt-get update \
    # The runtime's Debian may have the library by another name alone. Its package comes along, so that dpkg knows it.
    && mkdir /packages && env -C /packages apt-get download libsodium23 && rm -rf /var/lib/apt/lists/*
COPY . .
ARG REVISION=
RUN if [ -n "$REVISION" ]; then export CEPHFS_CSI_REVISION="$REVISION"; fi \
    && swift build -c release --static-swift-stdlib --product cephfs-csi \
    && strip -o /cephfs-csi "$(swift build -c release --static-swift-stdlib --show-bin-path)/cephfs-csi"

FROM ${RUNTIME_IMAGE} AS runtime
# libcephfs2 and librados2 are loaded by the controller alone; ceph-fuse, and the mount(8) that it runs, by the node
# alone. One image serves both. Versions are Debian's newest: each build takes its security fixes.
# ceph-fuse depends on Python for mount.fuse.ceph, which nobody runs here; a privileged container needs no interpreter.
# So dpkg is told to take it out all the same, and its list of packages stays true, which is what an SBOM is made from.
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
# hadolint ignore=DL3008
RUN --mount=type=bind,from=build,source=/packages,target=/packages \
    apt-get update \
    # Called libgrpc29t64 from Debian 13 on.
    && grpc=$(apt-cache search --names-only '^libgrpc29(t64)?$' | cut -d ' ' -f 1) \
    && sodium=$(apt-cache search --names-only '^libsodium23$' | cut -d ' ' -f 1) \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
        "$grpc" libprotobuf-c1 libyaml-0-2 "${sodium:-$(echo /packages/libsodium23_*.deb)}" \
        libcephfs2 librados2 ceph-fuse fuse mount \
    # By itself: its scripts call what the others bring.
    && dpkg --purge --force-depends python3 \
    && dpkg-query -W -f '${db:Status-Status} ${Package}\n' 'python3*' 'libpython3*' | sed -n 's/^installed //p' \
        | xargs dpkg --purge --force-depends \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/cache/debconf/* /var/log/* /usr/sbin/mount.fuse.ceph \
    # Where a controller without Kubernetes may put its socket.
    && install -d -o 65532 -g 65532 /csi
COPY --from=build /cephfs-csi /usr/bin/cephfs-csi
# What is linked in statically: scanners read it as they read dpkg's list.
COPY --from=build /source/Package.resolved /usr/share/doc/cephfs-csi/Package.resolved

ARG REVISION=
ARG VERSION=
LABEL org.opencontainers.image.title="cephfs-csi" \
      org.opencontainers.image.description="CephFS volumes for Kubernetes and every other CSI orchestrator" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"

# The controller needs no root. The node does, to mount: its manifest says so, elsewhere --user 0 does.
USER 65532:65532
# No HEALTHCHECK: health is CSI's Probe, which the orchestrator's liveness probe asks.
ENTRYPOINT ["/usr/bin/cephfs-csi"]
CMD ["--help"]
