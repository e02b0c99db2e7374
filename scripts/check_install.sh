#!/usr/bin/env bash
# Builds the wheel and tries it as a stranger would: in an empty environment, away from the checkout. Everything that git
# tracks in the four packages has to be inside, and the demo has to come up from what is installed.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD

place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
.venv/bin/python -m pip wheel -qq --no-build-isolation --no-deps --wheel-dir "$place/wheel" .
wheel=$(echo "$place"/wheel/marshrut-*.whl)

lacking=$(comm -23 \
    <(git -c core.quotePath=false ls-files -- workflow_core workflows plugins web | sort) \
    <(.venv/bin/python -c 'import sys, zipfile; print(*zipfile.ZipFile(sys.argv[1]).namelist(), sep="\n")' "$wheel" | sort))
if [ -n "$lacking" ]; then
    printf 'Not in the wheel:\n%s\n' "$lacking" >&2
    exit 1
fi

python3=$(.venv/bin/python -c 'import sys; print(sys._base_executable)')
"$python3" -m venv "$place/venv"
cd "$place"
venv/bin/python -m pip install -qq --require-hashes -r "$root/requirements.txt"
venv/bin/python -m pip install -qq --no-deps "$wheel"
venv/bin/python -m pip check

export MARSHRUT_DATA="$place/data" PYTHONUTF8=1
unset MARSHRUT_DATABASE_URL PYTHONPATH
venv/bin/marshrut --help >/dev/null
venv/bin/marshrut init --demo
venv/bin/marshrut road-map list --json >/dev/null
venv/bin/marshrut check
echo "The wheel works when installed elsewhere: $(basename "$wheel")"
