# Everything that one does with Carillon's source. "make help" lists the targets.
# Needed: Go, git, make. The logic is in Go programs and in hack/.

.DEFAULT_GOAL := help
.PHONY: help run install deploy undeploy test race e2e lint generate check-alerts verify build image installer krew release check-install fuzz sim faults chaos hostile site site-serve test-all-zones bench-trigger bench-burst bench-inprocess bench-scale clean

CONTROLLER_GEN := go tool -modfile=tools/go.mod controller-gen
CRD_REF_DOCS   := go tool -modfile=tools/go.mod crd-ref-docs
HUGO           := CGO_ENABLED=0 go tool -modfile=$(CURDIR)/tools/site/go.mod hugo --source hack/site --noBuildLock
LINT           := go tool -modfile=$(CURDIR)/tools/lint/go.mod golangci-lint-kube-api-linter

PROMTOOL ?= promtool
# That of the image in config/default, unless it is given.
VERSION  ?= $(shell sed -n 's/^ *newTag: *//p' config/default/kustomization.yaml)

# What shares memory among goroutines, besides the core and the fault injection: all but the
# API, the trigger engine and the plugin.
RACE := ./examples/... ./handler/... ./internal/app ./internal/controller/... ./internal/executor/... \
	./internal/lease/... ./internal/listener/... ./internal/metrics/... ./internal/serviceaccount/... ./internal/store/... \
	./internal/tracing/... ./internal/translate/... ./manager/...

# What "make generate" writes.
GENERATED := api/v1alpha1/zz_generated.deepcopy.go api/v1alpha1/applyconfiguration config/crd/bases config/rbac/role.yaml \
	manager/config/zz_generated.deepcopy.go docs/reference docs/images/overlap-*.svg charts/carillon/files

help: ## List the targets.
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## Start a cluster with the manager and the samples, and show its Tasks. LEVEL=simulated|full chooses the kind of node. CLUSTER=current runs the manager against the cluster of kubectl instead.
ifeq ($(CLUSTER),current)
	exec hack/cluster.sh run
else
	go -C hack/devcluster build -o $(CURDIR)/bin/devcluster .
	exec bin/devcluster run
endif

install: ## Apply the CRDs to the cluster of kubectl. KUBECTL names another kubectl.
	hack/cluster.sh install

deploy: ## Apply the CRDs, the permissions and the manager to the cluster of kubectl. IMAGE names the manager's image.
	hack/cluster.sh deploy

undeploy: ## Delete the manager and its permissions from the cluster of kubectl. The CRDs and all Tasks stay.
	hack/cluster.sh undeploy

test: ## Vet, then run the unit tests, those of the CRDs, and those against a real API server.
	go vet ./...
	assets="$$(go -C hack/devcluster run . assets)" && export KUBEBUILDER_ASSETS="$$assets" && \
		go test ./... && go -C examples/embedded vet ./... && go -C examples/embedded test ./...
	go -C hack/devcluster vet ./...
	go -C hack/devcluster test ./...
	go -C test/bench vet ./...
	go -C test/bench test ./...
	go -C test/gitops vet ./...
	go -C test/gitops test ./...

race: ## Run the tests of everything concurrent with the race detector, a day of simulation, and two scenarios of faults. It needs a C compiler.
	@command -v "$$(go env CC)" >/dev/null || { echo "no C compiler \"$$(go env CC)\" found, which the race detector needs: install the packages gcc and libc6-dev" >&2; exit 1; }
	CGO_ENABLED=1 go test -race -skip='^TestSimIsReproducible$$' ./internal/scheduler/sim -sim.days=1
	CGO_ENABLED=1 go test -race ./internal/scheduler/engine ./internal/scheduler/fair ./internal/scheduler/indexedheap ./internal/scheduler/quota -rapid.checks=20
	CGO_ENABLED=1 go test -race ./internal/scheduler/decide ./internal/scheduler/model
	assets="$$(go -C hack/devcluster run . assets)" && export KUBEBUILDER_ASSETS="$$assets" CGO_ENABLED=1 && \
		go test -race -timeout=20m -run='^TestFaults$$/^(replace|http)$$' ./test/faults && \
		go test -race -timeout=20m $(RACE) && \
		go -C examples/embedded test -race ./...

e2e: ## Run the tests on a whole cluster with a node. LEVEL=simulated|full chooses the kind of node.
	go -C test/e2e test -count=1 -timeout=30m -v ./...

lint: ## Run golangci-lint on all modules, and kube-api-linter on the API. The first time builds them.
	$(LINT) run ./...
	$(LINT) run --config .golangci-api.yaml ./api/...
	cd hack/devcluster && $(LINT) run ./...
	cd test/e2e && $(LINT) run ./...
	cd test/bench && $(LINT) run ./...
	cd test/gitops && $(LINT) run ./...
	cd examples/embedded && $(LINT) run ./...

generate: ## Write deep copies, apply configurations, CRDs, the manager's role, the reference and the pictures of overlaps from the Go source, and the chart's files from config/.
	rm -rf api/v1alpha1/applyconfiguration
	$(CONTROLLER_GEN) object applyconfiguration crd:generateEmbeddedObjectMeta=true \
		paths=./api/v1alpha1 output:crd:dir=config/crd/bases
	go run ./hack/crdtrim config/crd/bases/*.yaml api/v1alpha1/applyconfiguration/internal/internal.go
	$(CONTROLLER_GEN) object paths=./manager/config
	$(CONTROLLER_GEN) rbac:roleName=carillon-manager paths=./internal/... output:rbac:dir=config/rbac
	$(CRD_REF_DOCS) --source-path=api/v1alpha1 --config=hack/api-reference.yaml --renderer=markdown \
		--log-level=ERROR --output-path=docs/reference/api.md
	go run ./hack/reference docs/reference
	go run ./hack/timelines docs/images
	hack/chart.sh

check-alerts: ## Raise the alerts by promtool, which the Debian package prometheus has. PROMTOOL names it.
	@command -v "$(PROMTOOL)" >/dev/null || { echo "there is no $(PROMTOOL): install the package prometheus, or set PROMTOOL" >&2; exit 1; }
	PATH="$(dir $(shell command -v $(PROMTOOL))):$$PATH" go test -count=1 -v -run '^TestAlerts$$' ./test/docs

verify: generate ## Fail if "make generate" changes anything.
	git diff --exit-code -- $(GENERATED)
	test -z "$$(git ls-files --others --exclude-standard -- $(GENERATED))"

build: ## Build the programs into bin/.
	CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o bin/ ./cmd/...

image: ## Build the image with buildah, podman or docker. IMAGE names it, ARCHIVE is a file to write it to.
	hack/image.sh

installer: ## Write everything that config/default is into dist/install.yaml.
	mkdir -p dist
	assets="$$(go -C hack/devcluster run . assets)" && "$$assets/kubectl" kustomize config/default >dist/install.yaml

krew: ## Build the archives of the plugin and its Krew manifest into dist/, for the release VERSION.
	go run ./hack/krew -version=$(VERSION) dist

release: ## Build all files of the release VERSION into dist/ from its tag, and sign them with KEY. See docs/releasing.md.
	go run ./hack/release -version=$(VERSION) $(if $(KEY),-key=$(KEY)) $(RELEASE_FLAGS) dist

check-install: ## Install by helm and krew, and raise the alerts by promtool. It builds helm and krew: some minutes. LEVEL: see e2e.
	hack/check-install.sh

fuzz: ## Run every fuzz test, each for FUZZTIME (1m).
	hack/fuzz.sh

sim: ## Simulate a year of the core, then plant bugs that a week must find. SIM_SEED, SIM_SEEDS, SIM_DAYS, SIM_TASKS, SIM_MUTANTS: see hack/sim.sh.
	hack/sim.sh

faults: ## Inject every fault between a manager and an API server, then plant bugs that they must find. CASE, FAULTS_MUTANTS: see hack/faults.sh.
	hack/faults.sh

chaos: ## Kill and freeze managers and restart the API server for 10 minutes: no slot may be lost or doubled. CHAOS_MINUTES, CHAOS_SEED, LEVEL: see hack/chaos.sh.
	hack/chaos.sh

hostile: ## Have one namespace do what delays others on a whole cluster: no Task of another may be more than a second late (some minutes).
	go -C test/e2e test . -count=1 -timeout=15m -v -ginkgo.label-filter=hostile -hostile

site: ## Build the documentation as a site into dist/site, and check its links. The first time builds Hugo: some minutes.
	$(HUGO) --destination $(CURDIR)/dist/site --cleanDestinationDir --panicOnWarning --quiet
	go run ./hack/sitecheck dist/site

site-serve: ## Preview the site at http://localhost:1313/, and follow changes of the documents.
	$(HUGO) server --bind 127.0.0.1 --port 1313 --renderToMemory

test-all-zones: ## Compare the trigger engine with its oracle around every change of every time zone (some minutes).
	CARILLON_TEST_ALL_TRANSITIONS=1 go test -count=1 -timeout=30m -run TestT3_Oracle ./trigger

bench-trigger: ## Compare the trigger engine with cron libraries, in speed and in what they get right.
	go -C test/bench run ./trigger

bench-burst: ## Create 1,000 Pods at once by a bare client, Carillon and CronJobs on a simulated cluster (half an hour). FLAGS: see docs/performance.md.
	go -C test/bench run ./load burst $(FLAGS)

bench-inprocess: ## Run handlers once a second, in growing numbers until slots coalesce, on a simulated cluster (some minutes). FLAGS: see docs/performance.md.
	go -C test/bench run ./load inprocess $(FLAGS)

bench-scale: ## Measure memory and starts of a manager with 1,000 to 100,000 Tasks on a simulated cluster (hours). FLAGS: see docs/performance.md.
	go -C test/bench run ./load scale $(FLAGS)

clean: ## Remove what was built into this directory. What was built into the user's cache stays.
	rm -rf bin dist
