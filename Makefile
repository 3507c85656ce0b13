# The one entry point for people and for CI. Each target installs what it needs on first use, from hash-locked lists,
# into .venv (the stand-in for AWS) and .tools; nothing outside this folder is touched.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules --no-print-directory

PYTHON ?= python3
JOBS ?= 5000
ARCH ?= $(patsubst aarch64,arm64,$(shell uname -m))
FUNCTIONS := api scanner worker dlq reconciler script
STAND_IN := .venv/.installed
SERVERS := .tools/servers/.installed

# A cargo-nextest of your own is used; without one, the locked one.
ifeq ($(shell command -v cargo-nextest),)
NEXTEST := .tools/nextest/.installed
endif
export PATH := $(PATH):$(CURDIR)/.tools/nextest/bin:$(CURDIR)/.tools/lint/bin

##@ Use
.PHONY: help run token cli
help: ## List the targets
	@awk 'BEGIN { FS = ":.*## " } \
	  /^##@ / { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

run: $(STAND_IN) ## Run the whole system on this machine, on loopback (ARGS="--help" for its options)
	@cargo run -p punctual-local -- run $(ARGS)

# USER is also what the shell calls you by: only a USER that was asked for counts.
token: ## Print a token for the local system (USER=me, ROLE=admin|operator|user|viewer)
	@cargo run --quiet -p punctual-local -- token --user '$(if $(filter command line,$(origin USER)),$(USER),me)' \
	  --role '$(or $(ROLE),user)' $(ARGS)

cli: ## Install the command line, `punctual`, where cargo installs programs
	cargo install --locked --path infra/cli

##@ Test
.PHONY: test test-unit test-stand-in test-api test-client
# --tests with --bins: both are then built with the same features, so nothing is compiled twice.
test: $(STAND_IN) $(SERVERS) $(NEXTEST) ## Run every test
	cargo build --locked --workspace --bins --tests
	tests/with-stand-in cargo nextest run --locked --workspace $(ARGS)
	cargo test --locked --doc --workspace

test-unit: $(NEXTEST) ## Run the core's own tests: no AWS, no stand-in, seconds
	cargo nextest run --locked -p punctual --no-default-features $(ARGS)

test-stand-in: $(NEXTEST) ## Run the store's tests against the fast stand-in, which must answer as DynamoDB and SQS do
	cargo build --locked --workspace --bin punctual-stand-in --test store
	PUNCTUAL_STAND_IN=target/debug/punctual-stand-in tests/with-stand-in \
	  cargo nextest run --locked --workspace --test store -E 'not test(secrets::)' $(ARGS)

test-api: $(STAND_IN) .tools/fuzz/.installed ## Walk the live API at random, by its description (SEED=... replays a run)
	cargo build --locked --workspace --bins --tests
	PATH="$(CURDIR)/.tools/fuzz/bin:$$PATH" tests/with-api infra/fuzz/run

test-client: $(STAND_IN) .tools/fuzz/.installed ## Lead a job through its life with a client generated from the API's description
	cargo build --locked --workspace --bins --tests
	PATH="$(CURDIR)/.tools/fuzz/bin:$$PATH" tests/with-api infra/fuzz/client

CONSOLE_TESTS := tests/console
BROWSER := $(CONSOLE_TESTS)/node_modules/.installed
$(BROWSER): $(CONSOLE_TESTS)/package-lock.json
	$(CONSOLE_TESTS)/install
	@touch $@

.PHONY: test-console test-console-large screenshots
# PUNCTUAL_BIN is the folder of the system's programs, for who has built them elsewhere.
test-console: $(BROWSER) ## Use the console as a person does: Chromium against the whole local system (needs Node 20; ARGS=journey.test.mjs for one)
	$(if $(PUNCTUAL_BIN),,cargo build --locked --workspace --bin punctual-local --bin punctual-stand-in)
	cd $(CONSOLE_TESTS) && node --test --test-concurrency=1 $(or $(ARGS),*.test.mjs)

test-console-large: $(BROWSER) ## Use it over 10,000 jobs and 1,000,000 executions, and count what is read (a minute or two; JOBS=1000, EXECUTIONS=...)
	$(if $(PUNCTUAL_BIN),,cargo build --locked --workspace --bin punctual-local --bin punctual-stand-in)
	$(if $(filter command line,$(origin JOBS)),JOBS=$(JOBS)) $(if $(EXECUTIONS),EXECUTIONS=$(EXECUTIONS)) \
	  node --test $(CONSOLE_TESTS)/large.mjs

screenshots: $(BROWSER) ## Take a picture of every page of the console, seeded, into tests/console/screenshots (ARGS="jobs overview" for some)
	$(if $(PUNCTUAL_BIN),,cargo build --locked --workspace --bin punctual-local --bin punctual-stand-in)
	node $(CONSOLE_TESTS)/screenshots.mjs $(ARGS)

##@ Prove
.PHONY: sim check-mutations sim-mutations chaos drill check-trace fuzz model-large coverage mutants
# One seed is replayed with its trace; otherwise SEEDS of them are run, from FROM on.
sim: ## Simulate the real code under faults (SEEDS=1000, FROM=1; SEED=123 replays one; JOBS=10 MINUTES=120)
	cargo build --locked --profile quick --workspace --bin sim
	target/quick/sim $(if $(SEED),--seed $(SEED),--seeds $(or $(SEEDS),1000)) \
	  $(if $(FROM),--from $(FROM)) $(if $(filter command line,$(origin JOBS)),--jobs $(JOBS)) \
	  $(if $(MINUTES),--minutes $(MINUTES)) --threads $$(nproc) $(ARGS)

check-mutations: ## Check that the mutations for the simulation still fit the code and compile
	tests/sim/run-mutations --check

sim-mutations: ## Show that the simulation catches mutations of the real code, and print the table
	SEEDS=$(or $(SEEDS),400) tests/sim/run-mutations

# Not --profile quick: what is struck here is what the tests run.
chaos: ## Kill, freeze and cut off the system's processes under load, and judge what became of it (MINUTES=20, SEED=...)
	cargo build --locked --workspace $(addprefix --bin ,punctual-local punctual-stand-in check-trace chaos)
	target/debug/chaos run --minutes $(or $(MINUTES),20) $(if $(SEED),--seed $(SEED))

drill: ## Lose a region under load, go on in another, go home again, and print RPO and RTO (about 15 minutes; JOBS=1000)
	cargo build --locked --workspace $(addprefix --bin ,punctual-local punctual-stand-in recovery drill)
	target/debug/drill $(if $(filter command line,$(origin JOBS)),--jobs $(JOBS)) $(ARGS)

check-trace: ## Replay the protocol's events of a run against its rules (DIR=what PUNCTUAL_TRACE named, ARGS=--complete)
	cargo run --quiet --locked -p punctual-trace -- $(DIR) $(ARGS)

fuzz: ## Fuzz what reads input, led by coverage (TARGET=cron or all, SECONDS=60 for each); `make test` runs a short part
	tests/fuzz/long-run $(or $(TARGET),all) $(or $(SECONDS),60)

model-large: $(NEXTEST) ## Check the protocol model to larger bounds than the tests do
	cargo nextest run --profile large --locked --cargo-profile quick -p punctual-model --run-ignored only

coverage: .tools/coverage/.installed ## Count the lines that the core's own tests run, module by module
	PYTHON="$(PYTHON)" infra/coverage/run $(ARGS)

MUTANTS := .tools/mutants/bin/cargo-mutants
$(MUTANTS):
	cargo install --locked --root .tools/mutants cargo-mutants@27.1.0

mutants: $(MUTANTS) ## Change the laws and decisions, and see that tests notice (FILE=shared/src/plan/claim.rs, ARGS='--only bury')
	mkdir -p target/mutants
	$(MUTANTS) mutants --list --json --config .config/mutants.toml -p punctual \
	  $(or $(FILE:%=-f '%'),-f 'shared/src/domain/**/*.rs' -f 'shared/src/plan/**/*.rs') >target/mutants/list.json
	cargo run --locked -p punctual-mutants --bin mutants -- target/mutants/list.json $(ARGS)

##@ Measure
.PHONY: herd bench-herd bench-fair bench-forecast bench-stand-in scale scale-cpu cost coldstart
herd: ## Replay the thundering herd, by a naive dispatcher and by ours (about 25 minutes; SPREAD_MINUTES=5 for less, HOUR=1 for more)
	cargo build --locked --profile quick --workspace $(addprefix --bin ,punctual-local punctual-stand-in herd)
	target/quick/herd replay --stand-in target/quick/punctual-stand-in --jobs $(JOBS) \
	  $(if $(SPREAD_MINUTES),--spread-minutes $(SPREAD_MINUTES)) $(if $(HOUR),--hour-minutes 60) $(ARGS)

bench-herd: $(STAND_IN) ## Run JOBS jobs that are all due at one second, and report lateness and cost
	cargo run --locked --profile quick -p punctual-tests --bin bench-herd -- --jobs $(JOBS)

bench-fair: $(STAND_IN) ## Measure how one user's hundredfold load delays the others, and what is shed (about eight minutes)
	cargo run --locked --profile quick -p punctual-tests --bin bench-fair

bench-forecast: ## Measure how long forecasts of 100,000 jobs take, for easy fleets and for hard ones
	cargo run --locked --profile quick -p punctual-tests --bin bench-forecast

bench-stand-in: ## Measure how many calls a second the fast stand-in answers over HTTP
	cargo run --locked --profile quick -p punctual-stand-in --bin bench-stand-in -- $(ARGS)

scale: ## Predict lateness and cost on AWS, and write infra/scale/README.md (ARGS=--check: only say whether it is stale)
	cargo run --locked --quiet -p punctual-scale -- $(ARGS)

scale-cpu: $(STAND_IN) ## Measure what a run costs in CPU, for the prediction (about ten minutes; on a quiet machine)
	cargo build --locked --profile quick -p punctual-local
	infra/scale/measure $(ARGS)

cost: ## Price a million executions from metered calls, beside what others charge, and write infra/cost/README.md (ARGS=--check)
	cargo build --locked --quiet --workspace --bin punctual-cost
	target/debug/punctual-cost $(ARGS)

coldstart: build ## Time how each built function starts, against a Runtime API on this machine (ARGS="--starts 50")
	$(PYTHON) infra/coldstart/measure.py $(ARGS)

##@ Change
.PHONY: check check-core check-template check-console console fmt openapi lock
check: check-core check-template check-console ## Check format, lints, layering, dependency policy, the template, the console and the API's description
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- -D warnings
	cargo deny --log-level error check bans licenses sources
	openapi-spec-validator functions/api/openapi.json

check-core: ## Check that the core does without AWS
	cargo check --locked -p punctual --no-default-features
	@tree=$$(cargo tree --locked -p punctual --no-default-features -e normal --prefix none); \
	  ! grep -E '^aws[-_]' <<<"$$tree" || { echo "the core depends on AWS" >&2; exit 1; }

check-template: .tools/lint/.installed .tools/security/.installed ## Check the template: its properties, and what is insecure
	cfn-lint infra/template.yaml
	.tools/security/bin/checkov --config-file infra/security/checkov.yaml --file infra/template.yaml

CONSOLE := functions/api/console
CONSOLE_TOOLS := $(CONSOLE)/node_modules/.installed
$(CONSOLE_TOOLS): $(CONSOLE)/package-lock.json
	npm --prefix $(CONSOLE) ci --ignore-scripts --no-audit --no-fund
	@touch $@

# Only who changes the console needs Node: what it makes is kept, and is what the API's binary embeds.
console: $(CONSOLE_TOOLS) ## Make the console anew from its sources (needs Node 20 or newer)
	npm --prefix $(CONSOLE) run --silent api
	npm --prefix $(CONSOLE) run --silent build

check-console: $(CONSOLE_TOOLS) ## Check the console: its types, its tests, and that what is kept is what its sources give
	npm --prefix $(CONSOLE) run --silent check
	npm --prefix $(CONSOLE) run --silent test

fmt: ## Format the code
	cargo fmt --all

openapi: ## Renew the API's description of itself from the code
	cargo run --locked --quiet -p punctual-api --example openapi > target/openapi.json
	mv target/openapi.json functions/api/openapi.json

lock: ## Renew the hash-locked lists of tools (needs uv)
	@for list in infra/*/requirements.in; do uv pip compile --quiet --universal --python-version 3.10 --upgrade \
	  --generate-hashes --custom-compile-command "make lock" "$$list" -o "$${list%.in}.txt"; done

##@ Recover
.PHONY: rebuild-due term
RECOVERY = cargo run --quiet --locked -p punctual-recovery -- --namespace $(NAMESPACE) --shards $(SHARDS) \
  $(if $(ENDPOINT),--endpoint $(ENDPOINT))

rebuild-due: ## Find the hints that the due table lacks, and put them if FOR_REAL=1 (NAMESPACE, SHARDS; ENDPOINT, SINCE, RATE)
	$(RECOVERY) rebuild-due $(if $(FOR_REAL),--for-real) $(if $(SINCE),--since $(SINCE)) $(if $(RATE),--rate $(RATE)) $(ARGS)

term: ## Show which region scans, and how far it is (NAMESPACE, SHARDS; ENDPOINT)
	$(RECOVERY) term

##@ Ship
.PHONY: build deploy destroy smoke test-deployed sbom licences clean
# The same bytes for a commit, whoever builds it and wherever: infra/supply/reproduce compares.
build: export RUSTFLAGS := --remap-path-prefix=$(CURDIR)=. --remap-path-prefix=$(or $(CARGO_HOME),$(HOME)/.cargo)/registry/src=registry
build: export SOURCE_DATE_EPOCH ?= 315532800
build: .tools/build/.installed ## Build the functions for AWS (ARCH=arm64 or x86_64, FORMAT=binary or zip)
	PATH="$(CURDIR)/.tools/build/bin:$$PATH" cargo lambda build --release --locked --skip-target-check \
	  $(if $(filter arm64,$(ARCH)),--arm64,--x86-64) --output-format $(or $(FORMAT),binary) $(FUNCTIONS:%=-p punctual-%)

# For AWS the default is arm64, whatever this machine is.
STAGE_ARCH = $(if $(filter command environment,$(firstword $(origin ARCH))),$(ARCH),arm64)
ONE_STAGE = $(or $(STAGE),$(error STAGE is not set: make $@ STAGE=dev))

deploy: .tools/deploy/.installed ## Show what deploying a stage would do; APPLY=1 does it (STAGE=dev, PARAMETERS="Issuer=... Audience=...", RELEASE=... to go back)
	@$(if $(and $(APPLY),$(if $(RELEASE),,yes)),$(MAKE) build FORMAT=binary ARCH=$(STAGE_ARCH))
	@$(if $(TOKEN),PUNCTUAL_TOKEN='$(TOKEN)') .tools/deploy/bin/python infra/deploy/deploy.py --stage $(ONE_STAGE) --arch $(STAGE_ARCH) \
	  $(PARAMETERS:%=--parameter '%') $(RELEASE:%=--release %) $(if $(APPLY),--apply) $(ARGS)

destroy: .tools/deploy/.installed ## Remove a stage, after asking (STAGE=dev; DATA=delete removes its jobs and records, too)
	@.tools/deploy/bin/python infra/deploy/destroy.py --stage $(ONE_STAGE) $(DATA:%=--data %) $(ARGS)

smoke: ## Have a running stage prove itself: a job on time, its history, a dead letter (ENDPOINT=https://... TOKEN=...)
	@$(if $(TOKEN),PUNCTUAL_TOKEN='$(TOKEN)') $(PYTHON) infra/deploy/smoke.py --endpoint '$(ENDPOINT)' $(ARGS)

test-deployed: $(STAND_IN) .tools/deploy/.installed .tools/build/.installed ## Try the real template and zips on this machine: deploy, fire, alarm, change, roll back, remove (after make build; ARGS=--brief: no six minutes' wait)
	@.tools/deploy/bin/python -m unittest discover -q -s infra/deploy
	@.tools/deploy/bin/python tests/deployed/main.py $(ARGS)

sbom: ## Write a bill of materials for each function (CycloneDX) into target/supply
	$(PYTHON) infra/supply/sbom.py target/supply

licences: ## List the licences of what is in the functions, and write their texts into target/supply
	@mkdir -p target/supply
	$(PYTHON) infra/supply/licences.py target/supply/licences.txt

clean: ## Remove builds and installed tools; the local system's state stays
	cargo clean
	rm -rf .venv .tools

# Installs a locked list into a venv of its own, anew whenever the list changes. Wheels only: no package runs code here.
# Not compiled: most of it is never imported.
define install
	@echo "Installing $(2) into $(1), once ..."
	@rm -rf $(1)
	@$(PYTHON) -m venv $(1)
	@$(1)/bin/python -m pip --disable-pip-version-check install --quiet --no-compile --require-hashes --only-binary :all: -r $<
	@touch $@
endef

.venv/.installed: infra/stand-in/requirements.txt
	$(call install,.venv,the stand-in for AWS)

.tools/%/.installed: infra/%/requirements.txt
	$(call install,.tools/$*,the tools to $(or $(PURPOSE_$*),$*))

PURPOSE_nextest := test
PURPOSE_coverage := count lines
PURPOSE_fuzz := walk the API
PURPOSE_security := judge the template
PURPOSE_servers := be reached by jobs under test
