# What people type. Everything that is needed is found or installed by .ci/setup, which says so.
PREFIX ?= /usr/local
PLUGINS := git-sync compose-restart http-healthcheck discord-notify
CARGO := cargo

.PHONY: demo test torture bench build lint audit install clean

## The main job on a real example: deployments that succeed, break and roll back, are cancelled.
demo: .setup-demo build
	@$(CARGO) build --release --quiet -p hello-server
	@bash examples/hello/demo.sh

## All tests. More threads than cores: they mostly wait for containers.
test: .setup-test build
	@$(CARGO) build --release --quiet -p hello-server
	@RUST_TEST_THREADS=4 $(CARGO) test --release --workspace

## What takes longer: every key of a Compose file and every stack under every Compose.
torture: .setup-test build
	@MATRIX=all $(CARGO) test --release --workspace --test compose_matrix

## What a deployment costs, beside what people type instead; fails where a goal is missed.
bench: .setup-test build
	@$(CARGO) bench --profile release --package deployhost --bench deployments

## target/release/deployhost and target/plugins/*.wasm. The SDK is built along because the tests need
## it: with the same packages the same features are on, and wasmtime is compiled once for both.
build:
	@$(CARGO) build --release -p deployhost -p deployhost-plugin
	@target/release/deployhost plugin build $(PLUGINS:%=plugins/%)

lint:
	@$(CARGO) fmt --all --check
	@$(CARGO) clippy --release --workspace --all-targets -- -D warnings
	@bash .ci/words

## Known vulnerabilities and licences of everything that is linked; needs cargo-deny and its database.
audit:
	@$(CARGO) deny check --config .deny.toml

## make install PREFIX=$HOME/.local
install: build
	install -D -m 755 target/release/deployhost $(DESTDIR)$(PREFIX)/bin/deployhost
	for plugin in $(PLUGINS); do \
	  install -D -m 644 target/plugins/$$plugin.wasm $(DESTDIR)$(PREFIX)/lib/deployhost/plugins/$$plugin.wasm; \
	done

clean:
	@$(CARGO) clean

.PHONY: .setup-demo .setup-test
.setup-demo:
	@bash .ci/setup demo
.setup-test:
	@bash .ci/setup test
