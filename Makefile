# Two commands for newcomers: `make demo` and `make test`. Each installs what it needs: npm packages for all of them, and
# Debian packages only where programs are run.
SHELL := /bin/bash
export PATH := $(CURDIR)/node_modules/.bin:/usr/sbin:/sbin:$(PATH)

.PHONY: help demo page test quick test-cluster test-node simulate story simulate-plants fuzz chaos workflows ok fix bench bench-flood bundle setup npm clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 18

setup:
	@scripts/setup

npm:
	@scripts/setup npm

demo: setup page ## the story, live: a phone is leased the VIP (KEEP=1 stays up)
	@node lab/demo.ts

page: npm ## the page that agents serve, in a checkout
	@node scripts/page.ts

test: setup page ## every test that needs no cluster
	@node node_modules/vitest/vitest.mjs run

quick: npm page ## every test that needs npm packages alone
	@node node_modules/vitest/vitest.mjs run --project quick

test-cluster: setup bundle ## against a real API server and a real MetalLB; builds them once, from Go modules
	@node node_modules/vitest/vitest.mjs run --config vitest.cluster.config.ts

test-node: ## on real nodes: kubelets, containerd, Helm (FILES=... for some); builds Kubernetes once; as root, on Debian
	@scripts/setup node
	@node node_modules/vitest/vitest.mjs run --config vitest.node.config.ts $(FILES)

SEEDS ?= 300
FROM ?= 0
simulate: npm ## plays SEEDS=300 made-up LANs in memory (FROM=0: from that seed on; ABOUT=KIND: of one kind), and judges what vipwatch says there
	@node lab/simulate.ts --seeds $(SEEDS) --from $(FROM) $(if $(ABOUT),--about $(ABOUT))

story: npm ## the story of one red SEED=..., shrunk to its shortest, with a capture (KEEP=NAME: as a test)
	@node lab/simulate.ts --story "$(SEED)" $(if $(ABOUT),--about $(ABOUT)) $(if $(KEEP),--keep "$(KEEP)")

simulate-plants: npm ## breaks one rule after the other, and sees whether the made-up LANs show it; many minutes
	@node lab/plants.ts

fuzz: npm ## made-up input for every parser, guided by what runs: MINUTES=60, SEED=, TARGET=, KEEP=1 (writes the corpus)
	@node scripts/fuzz/main.ts --minutes $(or $(MINUTES),60) $(if $(SEED),--seed "$(SEED)") $(if $(TARGET),--target "$(TARGET)") $(if $(KEEP),--keep)

chaos: setup bundle ## all that may go wrong at once, while real conflicts must be found: MINUTES=10, SEED=, CALM=1; as root
	@node lab/chaos.ts --minutes $(or $(MINUTES),10) $(if $(SEED),--seed "$(SEED)") $(if $(CALM),--calm)

workflows: npm ## lints .github/workflows; builds the linter once, from its Go module
	@node scripts/workflows.ts

ok: npm ## the quick gate: types, lint, format, dead code, who may import whom
	@scripts/ok

fix: npm ## format and mend what can be mended by itself
	@biome check --write .

bench: setup bundle ## speed and memory, as a table
	@node scripts/bench/main.ts

bench-flood: setup bundle ## floods of the real daemon on a link of its own, four minutes; needs root
	@node scripts/bench/flood.ts

bundle: npm ## dist: the program as the image ships it
	@node scripts/bundle.ts

clean: ## remove what was installed and built in here
	rm -rf node_modules dist
