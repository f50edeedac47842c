# Every target makes the checkout ready first (scripts/bootstrap): the first time takes minutes, later a second.
.DEFAULT_GOAL := help
.PHONY: help demo test check style types contracts texts packages audit sbom bench screens lock wheel operate hosts image faults

# make demo PORT=8080 · make test JOBS=4 ARGS="-k wave" · make test PYTHON=python3.12 CHROMIUM=/opt/chrome/chrome
PORT ?=
ARGS ?=
JOBS ?= 3
export PYTHON CHROMIUM

BIN := .venv/bin
APP := $(BIN)/feedback-app

help: ## say what can be made
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1	\2/p' Makefile

demo: ## example installation with data, a closed wave, its report and links, on http://127.0.0.1:8000 (PORT=N)
	@scripts/bootstrap demo
	@exec $(APP) demo $(if $(PORT),--port $(PORT))

test: ## everything the tests need, then all tests (JOBS=N processes, ARGS="..." for pytest)
	@scripts/bootstrap test
	@$(APP) translations compile
	@$(BIN)/pytest -n $(JOBS) $(ARGS)

check: ## format, lint, types, import contracts, surveys, catalogues, then the tests: what must pass before a change goes in
	@scripts/bootstrap test
	@$(MAKE) --no-print-directory --jobs=4 --output-sync=target style types contracts texts packages
	@echo "-- tests"            && $(BIN)/pytest -n $(JOBS) $(ARGS)

# Side by side: the types of a fresh checkout take a processor as long as all the others together.
style:
	@echo "-- format"           && $(BIN)/ruff format --check .
	@echo "-- lint"             && $(BIN)/ruff check .

types:
	@echo "-- types"            && $(BIN)/mypy

contracts:
	@echo "-- import contracts" && $(BIN)/lint-imports

texts:
	@echo "-- surveys"          && $(APP) surveys check
	@echo "-- catalogues"       && $(APP) translations check && $(APP) translations compile

packages:
	@echo "-- packages"         && scripts/audit

audit: ## known vulnerabilities and withdrawn versions of what we depend on; needs pip-audit and the network
	@exec scripts/audit --advisories

sbom: ## what the service is made of, as CycloneDX: dist/sbom.cdx.json
	@mkdir -p dist
	@scripts/sbom > dist/sbom.cdx.json && echo dist/sbom.cdx.json

bench: ## print each figure beside its comparison, hours for all (ARGS="evening" for some)
	@scripts/bootstrap test
	@exec $(BIN)/python -m tests.benchmarks $(ARGS)

faults: ## as root: kill, fill and interrupt what can be, and print what was lost (ROUNDS=200 ARGS="worker web-server" for some)
	@scripts/bootstrap test
	@exec $(BIN)/python -m tests.faults --rounds $(or $(ROUNDS),200) $(ARGS)

screens: ## pictures of every language's pages at 360 pixels, cards, posters and paper: var/screens/index.html (ARGS="ti ur" for some)
	@scripts/bootstrap test
	@exec $(BIN)/python -m tests.screens $(ARGS)

lock: ## write requirements*.txt again from pyproject.toml (ARGS=--upgrade for newer versions)
	@scripts/lock $(ARGS)

wheel: ## what is handed over to who runs it: wheel, source, locked requirements, deploy files in dist/
	@scripts/bootstrap demo
	@$(APP) translations compile
	@rm -rf dist
	@SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct 2>/dev/null || echo 0) $(BIN)/python -m hatchling build -d dist
	@cp requirements.txt dist/
	@scripts/sbom > dist/sbom.cdx.json
	@tar --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 -cf dist/deploy.tar deploy

image: ## as root: builds the Containerfile twice in MACHINE, without a registry, and tries it (needs buildah, debootstrap)
	@exec $(BIN)/python -m tests.machine.image $(MACHINE)

hosts: ## as root: two web hosts, a database and a proxy in networks of their own, and one host killed under load (VISITORS=1500 MINUTES=3)
	@scripts/bootstrap test
	@$(APP) translations compile
	@exec $(BIN)/python -m tests.machine.hosts $(or $(VISITORS),1500) $(or $(MINUTES),3)

operate: wheel ## as root: does docs/operate.md on a bare Debian in MACHINE (MACHINE=/srv/try SUITE=bookworm|trixie)
	@exec $(BIN)/python -m tests.machine.operate $(MACHINE) $(or $(SUITE),bookworm)
