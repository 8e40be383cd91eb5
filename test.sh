#!/usr/bin/env bash
# test.sh - installs what is missing, builds and runs all tests. The last line is
# `N passed, N failed, N skipped`; the status is 0 only if some passed and none failed.
#   ./test.sh [--sanitize] [ARGUMENT of meson test...]
# --sanitize builds in build-asan with the address and undefined-behaviour sanitizers. With CI set
# in the environment warnings are errors.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
. cli/setup.sh

folder=build
options=(-Dtests=true)
run=(--print-errorlogs)
if [[ ${1-} == --sanitize ]]; then
    shift
    folder=build-asan
    flags=-fno-sanitize-recover=all
    options+=(-Dbuildtype=debugoptimized "-Db_sanitize=address,undefined")
    options+=(-Dc_args="$flags" -Dcpp_args="$flags")
    run+=(--timeout-multiplier 5)
fi
options+=("-Dwerror=$([[ -n ${CI-} ]] && echo true || echo false)")

counts='0 passed, 0 failed, 0 skipped'
trap 'printf "%s\n" "$counts"' EXIT

setup_packages "${BUILD_PACKAGES[@]}" "${TEST_PACKAGES[@]}"
setup_build "$folder" "${options[@]}"
say "building $folder"
quietly "$folder/setup.log" ninja -C "$folder" all meson-test-prereq

log=$folder/meson-logs/testlog.json
rm -f "$log"
status=0
meson test -C "$folder" --no-rebuild "${run[@]}" "$@" || status=$?
counts=$(/usr/bin/env python3 tests/count_results.py "$log") || status=1
exit "$status"
