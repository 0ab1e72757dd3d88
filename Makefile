# What a contributor types. Everything that a target needs it installs itself,
# through apt-get, when make runs as root; see test/setup.sh.
#
#   make build        bin/berth, one static file
#   make man          the manual pages, under bin/man: berth.1 and one for each verb
#   make run          the main job, end to end, under .run/
#   make test         every test, without privileges
#   make test-builds  recipes, really built: TEST_BUILDS="zstd lua", or all of test/builds.tsv
#   make acceptance   what is promised of real builds, on real builds; takes minutes
#   make lint         gofmt, go vet, staticcheck, the layers
#   make fuzz         every fuzz target for FUZZTIME each
#   make torture      installs that are killed, or meet a full disk, 800 times: an hour
#   make prove        20,000 random universes against brute force, every recipe of the
#                     corpus as a root, mistakes planted in the concretizer; takes an hour
#   make bench        benchmarks, in Go and end to end
#   make check-corpus REPO=DIR
#                     every recipe of a checkout of spack-packages, or of a bare git
#                     directory, against what CPython makes of it

GO ?= go
FUZZTIME ?= 30s
TESTS ?= ./...
BENCH ?= .

# One set of tags everywhere, so that SQLite is compiled once for the binary, the
# tests and the linters. No name service, plug-in or C library is loaded at run time.
TAGS := netgo,osusergo,sqlite_omit_load_extension,urfave_cli_no_docs
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
LDFLAGS := -s -w -linkmode external -extldflags -static -X main.version=$(VERSION)
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.7.0

export CGO_ENABLED := 1
export GOFLAGS := $(GOFLAGS) -buildvcs=false -tags=$(TAGS)

.PHONY: all build man run test torture test-builds acceptance lint fuzz prove bench check-corpus clean setup compile
.DEFAULT_GOAL := build
# Two installers at once would only wait for each other.
.NOTPARALLEL:
all: build

build:
	@test/setup.sh build
	$(GO) build -ldflags '$(LDFLAGS)' -o bin/berth ./cmd/berth

man: build
	bin/berth __man bin/man/man1

setup:
	@test/setup.sh

run: setup build
	@test/run.sh

test: setup
	@test/test.sh $(TESTS)

# BERTH_TORTURE_SEED=N begins with the round that failed.
torture: setup
	@BERTH_TORTURE=$${BERTH_TORTURE:-800} test/test.sh -v -timeout 300m -run TestTorture ./cmd/berth

test-builds: build
	@test/setup.sh builds
	@test/run.sh builds.sh

acceptance: run
	@BERTH_RUN=$$(readlink -f .run) test/test.sh -v -timeout 60m ./test/acceptance

lint:
	@test/setup.sh build
	@unformatted=$$(gofmt -l $$(find . -name '*.go' -not -path './.*')); \
	if [ -n "$$unformatted" ]; then echo "not formatted, run gofmt -w: $$unformatted" >&2; exit 1; fi
	$(GO) vet ./...
	$(GO) run $(STATICCHECK) ./...
	$(GO) test ./test/layering

fuzz:
	@test/setup.sh build
	@FUZZTIME=$(FUZZTIME) test/fuzz.sh

# What a sweep has found stays in its file: begun again, it goes on. SEED begins another 20,000.
SEED ?= 1
SWEEP ?= .run/sweep.jsonl
prove:
	@test/setup.sh build
	@mkdir -p $(dir $(SWEEP))
	$(GO) test ./concretizer -run 'AgainstOracle|Mutants|Cores' -v -timeout 10h -universes 26000 -seed $(SEED) -deciding -core-every 1
	$(GO) test ./concretizer -run Planted -v -timeout 10h -planted '*'
	$(GO) test ./test/corpus -run 'Roots$$' -v -timeout 10h -sweep $(abspath $(SWEEP))

bench: setup build
	$(GO) test -run '^$$' -bench '$(BENCH)' -benchmem ./...
	@test/run.sh bench.sh
	@test/run.sh overhead.sh

# The corpus is of one commit. With CHECK=-load another repository is only read.
CORPUS_COMMIT := 1e8cf059e35d55c4fe1142fed41785bedf6c7246
check-corpus:
	@[ -n "$(REPO)" ] || { echo "usage: make check-corpus REPO=DIR|GITDIR [CHECK='-load -commit NAME']" >&2; exit 2; }
	@test/setup.sh build
	$(GO) run ./test/checkcorpus $(or $(CHECK),-commit $(CORPUS_COMMIT)) $(REPO)

clean:
	rm -rf bin "$$(readlink -f .run)" .run
