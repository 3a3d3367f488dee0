#!/usr/bin/env bash
# Works on the cluster that kubectl reaches now:
#
#   cluster.sh install    apply the CRDs
#   cluster.sh deploy     apply the CRDs, the permissions and the manager
#   cluster.sh undeploy   delete the manager and its permissions. The CRDs and all Tasks stay.
#   cluster.sh run        apply the CRDs, and run the manager from source until Ctrl-C
#
# Environment:
#   IMAGE    the manager's image for deploy (default: the one in config/default)
#   KUBECTL  the kubectl to use (default: the one in PATH)
set -euo pipefail
cd "$(dirname "$0")/.."

namespace=carillon-system
kubectl=${KUBECTL:-kubectl}
command -v "$kubectl" >/dev/null || { echo "cluster.sh: there is no $kubectl: install kubectl, or set KUBECTL" >&2; exit 1; }

install() { "$kubectl" apply --server-side --kustomize config/crd; }

# manifests prints everything of config/default, with the image that is asked for.
manifests() {
  [[ -n ${IMAGE:-} ]] || { "$kubectl" kustomize config/default; return; }
  [[ ${IMAGE##*/} == *:* ]] || { echo "cluster.sh: IMAGE is $IMAGE: write a tag, such as $IMAGE:dev" >&2; exit 1; }
  mkdir -p bin/deploy
  cat >bin/deploy/kustomization.yaml <<EOF
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: [../../config/default]
images: [{name: $(sed -n 's/^ *newName: *//p' config/default/kustomization.yaml), newName: "${IMAGE%:*}", newTag: "${IMAGE##*:}"}]
EOF
  "$kubectl" kustomize bin/deploy
}

case ${1:-} in
install) install ;;
deploy)
  applied=$(manifests)
  "$kubectl" apply --server-side --filename=- <<<"$applied"
  ;;
undeploy)
  for part in manager rbac; do
    "$kubectl" delete --ignore-not-found --kustomize "config/$part"
  done
  ;;
run)
  install
  # The lease is where a manager in the cluster has it: this one waits until that one is gone.
  "$kubectl" get namespace "$namespace" >/dev/null 2>&1 || "$kubectl" create namespace "$namespace"
  echo "the manager runs until Ctrl-C; one that is deployed in $namespace goes first: make undeploy"
  exec go run ./cmd/manager --leader-election-namespace="$namespace" --metrics-bind-address=0 --health-probe-bind-address=0
  ;;
*)
  echo "cluster.sh: write install, deploy, undeploy or run" >&2
  exit 2
  ;;
esac
