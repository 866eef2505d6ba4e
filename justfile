# `just --list` shows the recipes; `.ci/run` needs nothing but cargo.

# what CI runs
check: format lint test doc

# the sources are formatted
format:
    cargo fmt --check

# clippy has nothing to say
lint:
    cargo clippy --all-targets -- -D warnings

# every test
test:
    cargo test

# real servers and real faults in namespaces, as root; words choose scenarios
lab *words:
    PORTCHECK_LAB=1 cargo test --test lab -- {{words}}

# every dialog against arbitrary bytes, for about a minute
fuzz:
    PROPTEST_CASES=20000 cargo test --release --lib protocol

# the documentation builds without a warning
doc:
    RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --document-private-items

# lines, functions and what outgrows its room; `--rooms` for each module
size *flags:
    .ci/size {{flags}}

# start-up, parsing, ninety open ports; loopback only. Names beside getent. As root also the sweep
# beside the kernel, between two namespaces: `--check` fails where a ratio got worse by 15 %
bench *flags:
    cargo bench --bench speed
    cargo test --release --test reference -- --ignored --nocapture two_thousand_names
    cargo build --release
    if [ "$(id -u)" = 0 ]; then benches/sweep/run.py {{flags}} target/release/portcheck; fi

# the archive, deb, rpm, image, SBOM and digests of a release, in target/release-files
release *flags:
    deploy/release {{flags}}
