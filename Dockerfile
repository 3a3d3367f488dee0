# The image of the manager: one static program and nothing else. Time zones and
# the roots of trust for https are inside the program.
#
# It is built from what hack/image.sh puts into bin/linux-ARCH/, so that it needs
# no other image and no network: make image.
FROM scratch
ARG TARGETARCH
LABEL org.opencontainers.image.title="Carillon" \
      org.opencontainers.image.description="A Kubernetes operator for scheduled work" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.source="https://github.com/carillon-dev/carillon"
COPY bin/linux-${TARGETARCH}/manager /manager
USER 65532:65532
ENTRYPOINT ["/manager"]
