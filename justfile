# The commands everyone uses. `just` alone lists them.

example := "examples/incidents/petshop-slow-database"

_default:
    @just --list --unsorted

# Run every test
test:
    cargo test --workspace

# Check format, lints and documentation, and let no warning pass
lint:
    cargo fmt --all --check
    rustfmt --check --edition 2024 crates/knockon-sim/src/fault/*.rs
    cargo clippy --workspace --all-targets -- -D warnings
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps

# Check what no compiler checks: crate directions, sizes, links, names, documents
tidy:
    cargo xtask tidy

# Triage one incident, such as `just triage examples/incidents/petshop-slow-database`
triage incident=example:
    cargo run --release -- triage --system {{incident}}/system.yaml {{incident}}

# Measure
bench:
    cargo bench -p knockon -p knockon-triage -p knockon-sim

# Check licences, advisories and sources of all dependencies (needs cargo-deny)
deny:
    cargo deny check
