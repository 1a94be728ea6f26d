# The plugin's image: docker build --build-arg REVISION=$(git rev-parse HEAD) -t cephfs-csi .
# Both stages are Debian 12: the program is built against the libraries that it runs with.
ARG SWIFT_IMAGE=swift:6.3.1-bookworm
ARG RUNTIME_IMAGE=debian:bookworm-slim

FROM ${SWIFT_IMAGE} AS build
WORKDIR /source
# In a layer of its own: what building needs changes less often than the sources.
COPY scripts/bootstrap scripts/bootstrap
RUN scripts/bootstrap --build-only && rm -rf /var/lib/apt/lists/*
COPY . .
ARG REVISION=
RUN if [ -n "$REVISION" ]; then export CEPHFS_CSI_REVISION="$REVISION"; fi \
    && swift build -c release --static-swift-stdlib --product cephfs-csi \
    && strip -o /cephfs-csi "$(swift build -c release --static-swift-stdlib --show-bin-path)/cephfs-csi"

FROM ${RUNTIME_IMAGE} AS runtime
# libcephfs2 and librados2 are loaded by the controller alone, ceph-fuse is run by the node alone; one image serves both.
RUN apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
        libgrpc29 libprotobuf-c1 libyaml-0-2 libsodium23 libcephfs2 librados2 ceph-fuse fuse mount \
    && rm -rf /var/lib/apt/lists/* /var/cache/debconf/* /var/log/*
COPY --from=build /cephfs-csi /usr/bin/cephfs-csi

ARG REVISION=
LABEL org.opencontainers.image.title="cephfs-csi" \
      org.opencontainers.image.description="CephFS volumes for Kubernetes and every other CSI orchestrator" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.revision="${REVISION}"

# Mounting needs root and CAP_SYS_ADMIN; the socket is root's alone.
USER root
ENTRYPOINT ["/usr/bin/cephfs-csi"]
CMD ["--help"]
