# shellcheck shell=bash
# setup.sh - what run.sh, test.sh and .ci/run share: packages, and a quiet build.
#
# It lies in cli/, not in tests/, because run.sh must work in a tree without tests, and because it
# ends with the command that lies here. Source it from the top folder under `set -euo pipefail`.

# shellcheck disable=SC2034 # the lists are for those who source this
BUILD_PACKAGES=(
    meson ninja-build gcc g++ pkg-config python3
    libopenblas-dev libcsv-dev libpcg-cpp-dev libjansson-dev libarchive-dev libinih-dev libssl-dev
    libkissfft-dev
)
# shellcheck disable=SC2034
TEST_PACKAGES=(libcriterion-dev)
# shellcheck disable=SC2034
EXTRA_TEST_PACKAGES=(python3-numpy python3-torch clang-format libdnnl-dev gnuplot-nox verilator iverilog yosys z3)

say() {
    printf '%s\n' "$*" >&2
}

# quietly LOG COMMAND...: adds the output to LOG; shows its end if the command fails.
quietly() {
    local log=$1 status=0
    shift
    "$@" >>"$log" 2>&1 || status=$?
    if ((status != 0)); then
        tail -n 40 "$log" >&2
        say "failed (status $status): $*; the whole log is in $log"
    fi
    return "$status"
}

# missing_packages NAME...: prints those that are not installed.
missing_packages() {
    local name
    for name in "$@"; do
        if [[ $(dpkg-query -W -f='${db:Status-Status}' "$name" 2>/dev/null) != installed ]]; then
            printf '%s\n' "$name"
        fi
    done
}

# apt_get COMMAND...: as root, waiting for other users of dpkg.
apt_get() {
    local -a become=()
    ((EUID == 0)) || become=(sudo)
    "${become[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get -q -y -o DPkg::Lock::Timeout=600 "$@"
}

# The lock on the package lists is not covered by DPkg::Lock::Timeout, hence the loop. Without
# network the lists that are there may do.
refresh_lists() {
    local log=$1 try
    for ((try = 0; try < 60; try++)); do
        if apt_get update >>"$log" 2>&1; then
            return 0
        fi
        tail -n 5 "$log" | grep -q 'Could not get lock' || break
        sleep 10
    done
    say "apt-get update failed; going on with the package lists that are here"
}

# setup_packages NAME...: installs what is missing; does not touch apt if nothing is.
setup_packages() {
    local -a missing
    local log
    if ! command -v dpkg-query >/dev/null; then
        say "not a Debian system; it needs the equivalents of: $*"
        return 0
    fi
    mapfile -t missing < <(missing_packages "$@")
    ((${#missing[@]} > 0)) || return 0
    if ((EUID != 0)) && ! command -v sudo >/dev/null; then
        say "missing packages; as root run: apt-get install ${missing[*]}"
        return 1
    fi
    say "installing: ${missing[*]}"
    log=$(mktemp)
    refresh_lists "$log"
    quietly "$log" apt_get install --no-install-recommends "${missing[@]}"
    rm -f "$log"
}

# setup_build FOLDER OPTION...: configures the folder, or sets the options in one that is there.
setup_build() {
    local folder=$1
    shift
    mkdir -p "$folder"
    : >"$folder/setup.log"
    if [[ -f $folder/build.ninja ]]; then
        quietly "$folder/setup.log" meson configure "$folder" "$@"
    else
        quietly "$folder/setup.log" meson setup "$folder" "$@"
    fi
}
