#!/usr/bin/env bash
# Runs the checks with what the job gave as inputs. An input that is empty is not given: what the
# job's own PORTCHECK_* variables say then holds.
set -euo pipefail

# A list as people write it, by lines or by commas, as portcheck reads it.
list() {
    tr ',' '\n' <<<"$1" | sed -E 's/^[[:blank:]\r]+//; s/[[:blank:]\r]+$//; /^$/d' | paste -sd ,
}

# What is no list: blanks and lines around it are none of it, lines within are blanks.
words() {
    tr -s '\r\n\t ' ' ' <<<"$1" | sed -E 's/^ +//; s/ +$//'
}

give() {
    if [[ -n $2 ]]; then export "PORTCHECK_$1=$2"; fi
}

for name in PROFILE NODE WITH WITHOUT; do
    input=INPUT_$name
    give "$name" "$(list "${!input:-}")"
done
give SET "$(words "${INPUT_SET:-}")"
for name in SITE CATALOG BASELINE TIMEOUT DEADLINE STRICT PROXY REDACT; do
    input=INPUT_$name
    give "$name" "$(words "${!input:-}")"
done
read -ra more <<<"$(words "${INPUT_ARGS:-}")" || true

reports=${INPUT_REPORTS:-portcheck-reports}
mkdir -p "$reports"
code=0
portcheck run --format github --output "json=$reports/portcheck.json" \
    --output "junit=$reports/portcheck.xml" --output "sarif=$reports/portcheck.sarif" \
    --output "html=$reports/portcheck.html" "${more[@]}" || code=$?
{
    echo "exit-code=$code"
    echo "reports=$reports"
} >>"$GITHUB_OUTPUT"
exit "$code"
