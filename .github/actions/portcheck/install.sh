#!/usr/bin/env bash
# Puts the release that the job asks for on PATH: one that is there already when it is that version,
# else its binary by digest. Nothing is built on the runner.
set -euo pipefail

version=${INPUT_VERSION#v}
if command -v portcheck >/dev/null && [[ $(portcheck --version) == "portcheck $version" ]]; then
    echo "portcheck $version is here: $(command -v portcheck)"
    exit 0
fi
to=${RUNNER_TEMP:?}/portcheck-$version
words=(--version "$version" --to "$to")
if [[ -n ${INPUT_DOWNLOAD:-} ]]; then words+=(--from "$INPUT_DOWNLOAD"); fi
if [[ -n ${INPUT_SHA256:-} ]]; then words+=(--sha256 "$INPUT_SHA256"); fi
"$(dirname "$0")/../../../install.sh" "${words[@]}"
echo "$to/bin" >>"$GITHUB_PATH"
