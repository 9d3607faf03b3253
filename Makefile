# Every command brings in what it needs first, as Scripts/prerequisites says.
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run test lint docs autobahn autobahn-full simulate chaos bench bench-micro fuzz sanitize

RELEASE = $(CURDIR)/.build/release/router
DEBUG = $(CURDIR)/.build/debug/router

help: ## Show these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Build the router and start the chat server on port 8080
	@Scripts/prerequisites build
	swift build -c release --product router
	@echo "Open the tutorial's HTML page in a browser: it connects to ws://127.0.0.1:8080"
	@exec "$(RELEASE)" --config config/chat.yaml

test: ## Run all tests: units and conversations, real clients, a part of the Autobahn suite
	@Scripts/prerequisites build test browser
	swift build --build-tests
	@ROUTER="$(DEBUG)" .build-python/bin/python Scripts/test

lint: ## Check format, borders between targets, warnings and scripts
	@Scripts/prerequisites build lint
	@Scripts/lint

docs: ## Write the reference pages of the handlers, and the tables of docs/limits.md
	@Scripts/prerequisites build
	swift build --product router
	@rm -f docs/handlers/*.md
	@"$(DEBUG)" handlers --markdown docs/handlers
	@"$(DEBUG)" limits --markdown docs/limits.md

autobahn: ## Run the 301 core cases of the Autobahn suite, and 36 of compression (needs a Python 2.7)
	@Scripts/prerequisites build test autobahn
	swift build -c release --product router
	@ROUTER="$(RELEASE)" .build-python/bin/python Tests/Autobahn/run core

autobahn-full: ## Run all 517 cases of the Autobahn suite (needs a Python 2.7)
	@Scripts/prerequisites build test autobahn
	swift build -c release --product router
	@ROUTER="$(RELEASE)" .build-python/bin/python Tests/Autobahn/run full

simulate: ## Run 5,000 seeds of the simulated server, or as many as SIMULATION_SEEDS says
	@Scripts/prerequisites build
	swift build --build-tests
	@SIMULATION_SEEDS="$${SIMULATION_SEEDS:-5000}" swift test --skip-build --disable-xctest --filter SimulationTests/seeds

chaos: ## Kill the server 100 times while clients talk, and look for what was lost; ROUNDS= for more, SEED= for the same
	@Scripts/prerequisites build test
	swift build -c release --product router
	@ROUTER="$(RELEASE)" .build-python/bin/python Tests/Chaos/run --rounds "$(ROUNDS)" --seed "$(SEED)"

bench: ## Measure throughput, latency and memory
	@Scripts/prerequisites build test
	swift build -c release
	@Benchmarks/pipeline
	@ROUTER="$(RELEASE)" PATH="$(CURDIR)/.build-python/bin:$$PATH" Benchmarks/run

bench-micro: ## Measure the small pieces, each alone: frames, UTF-8, JSON, routing, delivery in memory
	@Scripts/prerequisites build
	@Benchmarks/micro

fuzz: ## Feed every reader with made-up bytes, a minute each; SECONDS= or RUNS= for more or less, SEED= for the same
	@Scripts/prerequisites build
	@Fuzz/run --seconds "$(SECONDS)" --runs "$(RUNS)" --seed "$(SEED)"

sanitize: ## Run the tests of Swift again under the thread and the address sanitizer
	@Scripts/prerequisites build
	@Scripts/sanitize
