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

# the documentation builds without a warning
doc:
    RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --document-private-items

# start-up, parsing, ninety open ports; loopback only
bench:
    cargo bench --bench speed
