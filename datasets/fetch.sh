#!/usr/bin/env bash
# fetch.sh - downloads PTB or IMDB from its public address, checks it, and adds it if asked to.
#
#     datasets/fetch.sh ptb|imdb|timit [--to DIR] [--add BRDS] [--as LABEL]
#                       [--url URL --digest md5:HEX|sha256:HEX]
#
# The archive goes to DIR (default: $XDG_CACHE_HOME/brds/downloads). A stopped download goes on where
# it stopped. Only an archive whose digest is right gets its name; --add then gives it to
# `BRDS data add NAME`. --url and --digest take a mirror or another archive, --as its label.
# Status: 0 ok, 2 no download, 64 usage, 65 another digest, 69 TIMIT.
set -euo pipefail

fail() {
    printf 'fetch.sh: %s\n' "$2" >&2
    exit "$1"
}

timit() {
    fail 69 "timit: LDC93S1 is licensed by the Linguistic Data Consortium, \
https://catalog.ldc.upenn.edu/LDC93S1; a sample comes with NLTK, python3 -m nltk.downloader timit; \
then: brds data add timit PATH"
}

# check FILE: is its digest the one that is wanted?
check() {
    local tool=${digest%%:*} want=${digest#*:} got
    got=$("${tool}sum" <"$1")
    [[ ${got%% *} == "$want" ]]
}

# download FILE: resumes if the server can, else starts anew.
download() {
    local status=0
    local -a get=(curl --fail --silent --show-error --location --retry 3 --proto '=http,https'
        --output "$1")
    "${get[@]}" --continue-at - "$url" || status=$?
    if ((status == 33 || status == 36)); then # this server cannot resume
        rm -f "$1"
        status=0
        "${get[@]}" "$url" || status=$?
    fi
    ((status == 0)) || fail 2 "$url: curl ended with status $status; what came is kept in $1"
}

fetch() {
    local part=$1.part
    [[ -f $1 ]] && check "$1" && return
    mkdir -p "$(dirname "$1")"
    if ! { [[ -f $part ]] && check "$part"; }; then
        download "$part"
    fi
    if ! check "$part"; then
        rm -f "$part"
        fail 65 "$url: another digest than $digest; the download was removed"
    fi
    mv "$part" "$1"
}

(($# > 0)) || fail 64 "no corpus named (expected ptb, imdb or timit)"
name=$1
shift
case $name in
    ptb)
        url=http://www.fit.vutbr.cz/~imikolov/rnnlm/simple-examples.tgz
        digest=md5:30177ea32e27c525793142b6bf2c8e2d
        ;;
    imdb)
        url=https://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz
        digest=sha256:c40f74a18d3b61f90feba1e17730e0d38e8b97c05fde7008942e91923d1658fe
        ;;
    timit) timit ;;
    *) fail 64 "$name: unknown corpus (expected ptb, imdb or timit)" ;;
esac

to=${XDG_CACHE_HOME:-$HOME/.cache}/brds/downloads
brds=''
label=()
while (($# > 0)); do
    (($# > 1)) || fail 64 "$1: needs a value"
    case $1 in
        --to) to=$2 ;;
        --add) brds=$2 ;;
        --as) label=(--as "$2") ;;
        --url) url=$2 ;;
        --digest) digest=$2 ;;
        *) fail 64 "$1: unknown option" ;;
    esac
    shift 2
done
[[ $digest =~ ^(md5:[0-9a-f]{32}|sha256:[0-9a-f]{64})$ ]] || fail 64 "$digest: is no digest"
command -v curl >/dev/null || fail 69 "curl is missing (Debian: apt-get install curl)"

file=$to/${url##*/}
fetch "$file"
if [[ -n $brds ]]; then
    "$brds" data add "$name" "$file" "${label[@]}"
else
    printf '%s\n' "$file"
fi
