#!/usr/bin/env bash
# Builds the manager and its image with buildah, podman or docker, whichever of
# them works here.
#
#   hack/image.sh IMAGE [ARCHIVE]
#
# IMAGE is a name with a tag, such as ghcr.io/carillon-dev/carillon:v0.1.0. With
# ARCHIVE the image is also written to that file, as docker save does, to be
# imported into a node (ctr -n k8s.io images import, kind load image-archive).
# GOARCH chooses the architecture, IMAGE_TOOL the program.
set -euo pipefail

if (($# < 1 || $# > 2)); then
  echo "usage: $0 IMAGE [ARCHIVE]" >&2
  exit 2
fi
image=$1
archive=${2:-}
cd "$(dirname "$0")/.."
arch=$(go env GOARCH)

find_tool() {
  local tool
  for tool in buildah podman docker; do
    # A docker client alone is not enough: it needs a daemon that answers.
    if "$tool" info >/dev/null 2>&1; then
      echo "$tool"
      return
    fi
  done
  echo "$0: none of buildah, podman and docker works here: install one, such as with apt-get install buildah" >&2
  return 1
}

tool=${IMAGE_TOOL:-$(find_tool)}

CGO_ENABLED=0 GOOS=linux go build -trimpath -ldflags='-s -w' -o "bin/linux-$arch/manager" ./cmd/manager

build=(--build-arg "TARGETARCH=$arch" --platform "linux/$arch" --tag "$image" --file Dockerfile .)
save() { :; }
case $tool in
buildah)
  # Nothing is run inside, so no privileges are needed to build.
  buildah build --isolation chroot "${build[@]}"
  save() { buildah push "$image" "docker-archive:$archive:$image"; }
  ;;
podman | docker)
  "$tool" build "${build[@]}"
  save() { "$tool" save --output "$archive" "$image"; }
  ;;
*)
  echo "$0: IMAGE_TOOL is $tool: write buildah, podman or docker" >&2
  exit 2
  ;;
esac
echo "$0: built $image for linux/$arch with $tool"

if [[ -n $archive ]]; then
  mkdir -p "$(dirname "$archive")"
  rm -f "$archive"
  save
  echo "$0: wrote $archive"
fi
