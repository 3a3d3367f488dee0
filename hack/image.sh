#!/usr/bin/env bash
# Builds the manager for bin/linux-ARCH/ and from it the image of the Dockerfile,
# with buildah, podman or docker, whichever of them works here.
#
# Environment:
#   IMAGE       name and tag (default: the one in config/default)
#   ARCHIVE     a file to write the image to as well, as docker save does; it can
#               be imported into a node (ctr -n k8s.io images import FILE)
#   GOARCH      the architecture (default: this machine's)
#   IMAGE_TOOL  buildah, podman or docker (default: the first that works)
set -euo pipefail
cd "$(dirname "$0")/.."

fail() {
  echo "image.sh: $*" >&2
  exit 1
}

# A docker client alone is not enough: it needs a daemon that answers.
find_tool() {
  local tool
  for tool in buildah podman docker; do
    if "$tool" info >/dev/null 2>&1; then
      echo "$tool"
      return
    fi
  done
}

# field NAME prints a field of the image that config/default installs.
field() { sed -n "s/^ *$1: *//p" config/default/kustomization.yaml; }

image=${IMAGE:-$(field newName):$(field newTag)}
archive=${ARCHIVE:-}
arch=$(go env GOARCH)
tool=${IMAGE_TOOL:-$(find_tool)}

CGO_ENABLED=0 GOOS=linux go build -trimpath -ldflags='-s -w' -o "bin/linux-$arch/manager" ./cmd/manager
echo "built bin/linux-$arch/manager"

revision=$(git rev-parse HEAD 2>/dev/null || echo unknown)
build=(--platform "linux/$arch" --build-arg "TARGETARCH=$arch" --tag "$image" --file Dockerfile
  --label "org.opencontainers.image.version=${image##*:}" --label "org.opencontainers.image.revision=$revision" .)
case $tool in
buildah) buildah build --isolation chroot "${build[@]}" ;; # nothing is run inside: no privileges are needed
podman | docker) "$tool" build "${build[@]}" ;;
"") fail "none of buildah, podman and docker works here: install one (apt-get install buildah), then run this again" ;;
*) fail "IMAGE_TOOL is $tool: write buildah, podman or docker" ;;
esac
echo "built $image for linux/$arch with $tool"

[[ -n $archive ]] || exit 0
mkdir -p "$(dirname "$archive")"
rm -f "$archive"
case $tool in
buildah) buildah push "$image" "docker-archive:$archive:$image" ;;
*) "$tool" save --output "$archive" "$image" ;;
esac
echo "wrote $archive"
