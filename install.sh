#!/bin/sh
# Installs portcheck: the program, its man pages and completions, after checking the digest of what
# it installs. Asks for nothing but sh, tar, gzip and sha256sum, and for curl or wget to download.
set -eu

version=0.2.0
from=
to=
digest=

usage() {
    cat <<'USAGE'
install.sh [--version VERSION] [--from URL|FOLDER] [--to FOLDER] [--sha256 DIGEST]

  --version  which release                 (0.2.0)
  --from     where the release's files are (the folder of this script if they lie there,
             else the release page)
  --to       where to install, as bin/ and share/ (/usr/local for root, else ~/.local)
  --sha256   what the archive must come to, instead of the line in the release's SHA256SUMS
USAGE
}

fail() {
    printf 'install.sh: %s\n' "$1" >&2
    exit "${2:-1}"
}

while [ $# -gt 0 ]; do
    option=$1
    case $option in
    -h | --help)
        usage
        exit 0
        ;;
    --version | --from | --to | --sha256) ;;
    *) fail "unknown option $option, see --help" 2 ;;
    esac
    [ $# -ge 2 ] || fail "$option needs a value" 2
    case $option in
    --version) version=${2#v} ;;
    --from) from=${2%/} ;;
    --to) to=$2 ;;
    --sha256) digest=$2 ;;
    esac
    shift 2
done

[ "$(uname -s)" = Linux ] || fail "portcheck is a program for Linux; run it on a Linux machine of the same network, or in WSL"
case $(uname -m) in
x86_64 | amd64) machine=x86_64 ;;
aarch64 | arm64) machine=aarch64 ;;
*) fail "there is no binary for $(uname -m): build it by cargo install --locked portcheck" ;;
esac
if [ -z "$to" ]; then
    if [ "$(id -u)" -eq 0 ]; then to=/usr/local; else to=$HOME/.local; fi
fi

name=portcheck-$version-$machine-linux
archive=$name.tar.gz
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
if [ -z "$from" ]; then
    from=https://github.com/portcheck/portcheck/releases/download/v$version
    if [ -f "$here/$archive" ]; then from=$here; fi
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# A file of the release, from a folder or over the net.
get() {
    case $from in
    *://*)
        if command -v curl >/dev/null 2>&1; then
            curl -fsSL --retry 3 -o "$work/$1" "$from/$1" || fail "cannot download $from/$1"
        elif command -v wget >/dev/null 2>&1; then
            wget -q -O "$work/$1" "$from/$1" || fail "cannot download $from/$1"
        else
            fail "neither curl nor wget is here: download $from/$1 and SHA256SUMS elsewhere, and run install.sh beside them"
        fi
        ;;
    *) cp -- "$from/$1" "$work/$1" || fail "there is no $from/$1" ;;
    esac
}

get "$archive"
if [ -z "$digest" ]; then
    get SHA256SUMS
    digest=$(awk -v name="$archive" '$2 == name || $2 == "*" name { print $1 }' "$work/SHA256SUMS")
    [ -n "$digest" ] || fail "SHA256SUMS says nothing of $archive"
fi
found=$(sha256sum "$work/$archive" | cut -d ' ' -f 1)
[ "$found" = "$digest" ] || fail "$archive is not what it should be: its SHA-256 is $found, expected $digest; nothing was installed"

tar -xzf "$work/$archive" -C "$work"
"$work/$name/bin/portcheck" --version >/dev/null || fail "the program does not start here; nothing was installed"
# Copied beside, then renamed: a program that runs right now is not in the way.
place() {
    mkdir -p "$to/bin" && cp "$work/$name/bin/portcheck" "$to/bin/.portcheck.new" &&
        mv -f "$to/bin/.portcheck.new" "$to/bin/portcheck" && cp -R "$work/$name/share" "$to/"
}
place || fail "cannot write to $to: name another folder by --to"

printf '%s, in %s\n' "$("$to/bin/portcheck" --version)" "$to/bin"
case :$PATH: in
*:"$to/bin":*) ;;
*) printf 'put %s on your PATH, or call %s\n' "$to/bin" "$to/bin/portcheck" ;;
esac
