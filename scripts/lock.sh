#!/usr/bin/env bash
# Compiles the lock files from pyproject.toml: universal (one file for Linux, Windows and macOS), hashed, and without
# index addresses, so that plain `pip install --require-hashes` takes them from whatever index a machine has.
# Give `--upgrade` (or `--upgrade-package NAME`) to move versions; without it the locked ones stay where they fit.
set -euo pipefail
cd "$(dirname "$0")/.."

uv=${UV:-$(command -v uv || true)}
if [ -z "$uv" ]; then
    [ -x .venv/bin/uv ] || .venv/bin/python -m pip install --quiet uv
    uv=.venv/bin/uv
fi

compile() {  # compile OUTPUT ARGUMENTS…
    local output=$1
    shift
    "$uv" pip compile "$@" --quiet --universal --python-version 3.11 --generate-hashes --only-binary :all: \
        --no-header --annotation-style=line --output-file "$output" >/dev/null
}

compile requirements.txt pyproject.toml "$@"
# What stands in two files must be one version, hence the constraints.
compile requirements-build.txt --group pyproject.toml:build --constraint requirements.txt "$@"
compile requirements-dev.txt pyproject.toml --group pyproject.toml:build --group pyproject.toml:dev \
    --constraint requirements.txt --constraint requirements-build.txt "$@"
compile requirements-bench.txt --group pyproject.toml:bench \
    --constraint requirements.txt --constraint requirements-dev.txt "$@"
