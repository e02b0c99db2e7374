#!/usr/bin/env bash
# Browser tests drive the distribution's Chromium. Installs it where that is possible without asking, else says what is
# lacking in one line and succeeds: the tests then skip visibly (or fail, where MARSHRUT_NO_SKIPS is set).
set -u
for name in chromium chromium-browser google-chrome; do
    command -v "$name" >/dev/null && exit 0
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo 'Installing Chromium for the browser tests…'
    export DEBIAN_FRONTEND=noninteractive
    log=$(mktemp)
    if apt-get update -q >"$log" 2>&1 && apt-get install -q -y --no-install-recommends chromium fonts-dejavu-core >>"$log" 2>&1; then
        rm -f "$log"
        exit 0
    fi
    tail -n 5 "$log" >&2
    rm -f "$log"
fi
echo 'Chromium is not installed: browser tests will be skipped. On Debian: apt-get install chromium' >&2
