# Each target sets up its own .venv first. Needs python3 with venv; gcc for the Go engine and the
# accelerator.
#
#   PYTHON              the interpreter to build .venv from (python3)
#   PYGGCR_NATIVE       the Go engine: auto, require or 0, see docs/building.md
#   PYGGCR_ACCELERATOR  the C accelerator: likewise
#   ARGS                more arguments for pytest (make test) or the benchmarks (make bench)
#   WORKERS             how many processes share the tests: auto for one per core, 0 for none beside
#                       pytest itself, as a debugger needs it (ARGS='-p no:xdist' does the same)

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Part of the name of the file that says what is installed: once a compiler or Python's headers are
# there, or Go is, the native parts are built again.
FOUND := $(shell for each in $${CC:-gcc clang cc} go; do command -v $$each; done | tr / =)
HEADERS := $(shell $(PYTHON) -c 'import os, sysconfig as s; print(os.path.isfile(s.get_path("include") + "/Python.h"))' 2>/dev/null)
READY := $(VENV)/.ready-$(PYGGCR_NATIVE)-$(PYGGCR_ACCELERATOR)-$(shell echo '$(FOUND) $(HEADERS)' | cksum | cut -d' ' -f1)
BENCH_READY := $(VENV)/.ready-bench
DOCS_READY := $(VENV)/.ready-docs
RELEASE_READY := $(VENV)/.ready-release
# mkdocs runs as a module, so that it finds tools; the variable turns an advertisement off.
MKDOCS := NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs
SOURCES := pyproject.toml setup.py pyggcr/_version.py \
	$(wildcard native/*.go native/*.h native/*.py native/go.* native/accelerator/*.[ch] native/accelerator/*.py)
# A plain path entry: the finder that setuptools would write imports much at every start.
EDITABLE := --config-settings editable_mode=compat --editable
WORKERS ?= auto
# Without the plugin there are no such options.
PARALLEL = $(if $(findstring no:xdist,$(ARGS)),,-n $(WORKERS) --dist worksteal)
ARCHIVE := tests/data/docker/25.0.2/app-tag.tar
MIXED := tests/data/docker/28.5.2-containerd-store/app-loaded-from-24.tar

.PHONY: help demo test full matrix pythons generate lint lint-go docs docs-serve scale bench wheel wheels release-tools clean

help:  ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 8

$(BIN)/python:
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo 'There is no venv module for $(PYTHON): install it first (Debian: apt install python3-venv).' >&2; \
		exit 1; }
	$(PYTHON) -m venv $(VENV)

$(READY): $(SOURCES) | $(BIN)/python
	@echo 'Installing pyggcr with its native parts into $(VENV) ...'
	@rm -f $(VENV)/.ready-*
	@$(BIN)/pip install --quiet --disable-pip-version-check $(EDITABLE) '.[test,lint,fast]'
	@touch $@
	@$(BIN)/pyggcr engines

$(BENCH_READY): $(READY)
	@$(BIN)/pip install --quiet --disable-pip-version-check $(EDITABLE) '.[bench]'
	@touch $@

# Only what the extra names: to install pyggcr again would build its native parts again.
$(DOCS_READY) $(RELEASE_READY): $(VENV)/.ready-%: $(READY)
	@$(BIN)/python -c 'import importlib.metadata as m; print(*(r.partition(";")[0] for r in m.requires("pyggcr") if "\"$*\"" in r), sep="\n")' >$@.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --requirement $@.txt
	@touch $@

demo: $(READY)  ## inspect, compare, judge and repair archives that real Docker engines wrote
	$(BIN)/pyggcr inspect $(ARCHIVE)
	$(BIN)/pyggcr validate $(ARCHIVE)
	@if $(BIN)/python -c 'import pyggcr, sys; sys.exit(not pyggcr.engines()["go"].available)'; then \
		echo '$(BIN)/pyggcr differential $(ARCHIVE)'; $(BIN)/pyggcr differential $(ARCHIVE); \
	else echo 'There is no Go engine to compare the Python engine with.'; fi
	$(BIN)/pyggcr doctor --fail-on error $(ARCHIVE)
	@mkdir -p build
	$(BIN)/pyggcr repair $(MIXED) build/repaired.tar
	$(BIN)/pyggcr validate build/repaired.tar

test: $(READY)  ## the test suite, once per engine, on all cores
	$(BIN)/python -m pytest $(PARALLEL) $(ARGS)

full: $(RELEASE_READY)  ## the tests that take minutes, which make test leaves out
	PYGGCR_FULL=1 $(BIN)/python -m pytest -m full $(PARALLEL) $(ARGS)

matrix: $(READY)  ## every release of crane on archives of every tool; runs what has changed (needs Go)
	$(BIN)/python -m tools.matrix $(ARGS)

generate: $(READY)  ## the sources that follow from others: options, Puller and Pusher, aio
	$(BIN)/python -m tools.generate

release-tools: $(RELEASE_READY)

wheels: $(RELEASE_READY)  ## the wheels of a release in dist/, for each platform, and checks of their promises
	$(BIN)/python -m tools.wheels $(ARGS)

PYTHONS ?= python3.10 python3.11 python3.12 python3.13 python3.14
pythons:  ## make test on each Python of PYTHONS that is installed, in an environment of its own
	@set -e; for python in $(PYTHONS); do \
		if $$python -c '' 2>/dev/null; then \
			$(MAKE) --no-print-directory test PYTHON=$$python VENV=.venv-$${python##*/}; \
		else echo "$$python: not installed, skipped" >&2; fi; \
	done

lint: $(READY) lint-go  ## ruff, mypy, gofmt, go vet, and whether generated sources and the C ABI are in step
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python -m tools.generate --check
	$(BIN)/mypy
	@mkdir -p build
	@echo 'pyright --verifytypes pyggcr'
	@PATH="$(CURDIR)/$(BIN):$$PATH" pyright --verifytypes pyggcr --ignoreexternal >build/types.txt || { cat build/types.txt; exit 1; }
	MYPYPATH=native $(BIN)/mypy setup.py native/build_backend.py native/build_target.py native/toolchain.py native/accelerator/build.py
	$(BIN)/python -m pytest --quiet tests/_go/test_abi.py

lint-go:
	@if command -v go >/dev/null; then \
		set -e; \
		unformatted=$$("$$(go env GOROOT)/bin/gofmt" -l native benchmarks/go tests/support/go); \
		if [ -n "$$unformatted" ]; then echo "not formatted by gofmt: $$unformatted" >&2; exit 1; fi; \
		cd native; \
		case $$(go env GOVERSION) in \
			go1.2[0-6]*) ;; \
			*) export GOEXPERIMENT=nojsonv2 ;; \
		esac; \
		echo 'go vet ./...'; go vet ./...; \
		go vet -tags pyggcr_test ./...; \
		cd legacy; go vet ./...; cd ../../benchmarks/go; go vet ./...; \
		for program in ../../tests/support/go/*/main.go; do go vet $$program; done; \
	else \
		case ",$(PYGGCR_REQUIRE)," in *,go,*) echo 'gofmt and go vet: no Go on PATH' >&2; exit 1;; esac; \
		echo 'no Go on PATH: gofmt and go vet are skipped'; \
	fi

docs: $(DOCS_READY)  ## the documentation site in site/; fails for a warning or a broken link
	$(MKDOCS) build --quiet --strict
	$(BIN)/python -m tools.site.links site

docs-serve: $(DOCS_READY)  ## the same on http://127.0.0.1:8000, rebuilt when a page changes
	$(MKDOCS) serve

scale: $(READY)  ## how an audit of a registry grows, and docs/scale.md (30 minutes)
	$(BIN)/python -m benchmarks.scale $(ARGS)

bench: $(BENCH_READY)  ## the benchmarks and docs/performance.md (30 minutes; ARGS=--quick: 2)
	$(BIN)/python -m benchmarks $(ARGS)

wheel: $(READY)  ## an sdist and a wheel in dist/
	$(BIN)/python -m build

clean:  ## remove .venv and everything that was built
	rm -rf $(VENV) .venv-go build dist site *.egg-info pyggcr/_go/_build.json pyggcr/_go/libpyggcr.so
	rm -rf pyggcr/_gostd/_build.json pyggcr/_gostd/_accelerator.*.so
	rm -rf .hypothesis .mypy_cache .pytest_cache .ruff_cache .benchmarks
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
