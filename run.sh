#!/usr/bin/env bash
# run.sh - from a fresh clone to a table: installs what is missing, builds, runs the smoke suite.
# Arguments go to the bench command: ./run.sh --backend sparse --threads 1
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
. cli/setup.sh

brds=build/cli/brds
out=results/runs/smoke.csv
previous=
for argument in "$@"; do
    [[ $previous == --out ]] && out=$argument
    [[ $argument == --out=* ]] && out=${argument#--out=}
    previous=$argument
done

setup_packages "${BUILD_PACKAGES[@]}"
# A folder that test.sh made has the tests on, and keeps them.
[[ -f build/build.ninja ]] || setup_build build -Dtests=false
say "building $brds"
quietly build/setup.log ninja -C build cli/brds

status=0
"$brds" bench smoke --out results/runs/smoke.csv "$@" || status=$?
for argument in "$@"; do
    case $argument in
    --help | --list) exit "$status" ;;
    esac
done
if ((status != 0)); then
    say "the bench command ended with status $status; ./run.sh again goes on where it stopped"
    exit "$status"
fi
cat >&2 <<END

All rows with all columns: $out
Next:
  $brds data add ptb PATH         a real corpus (folder, file or archive); see $brds help data
  $brds bench ptb --quick --out results/runs/ptb.csv
  $brds --help                    all commands
  ./test.sh                       the tests
END
