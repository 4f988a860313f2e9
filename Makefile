# isplit: `make help` lists what can be made.
VERSION := 0.1.0
PREFIX ?= /usr/local
DESTDIR ?=
# A Darknet tree: include/darknet.h and libdarknet.so. The default is where Debian's package puts it.
DARKNET ?= /usr/lib/darknet
# The schema of ONNX models. The default is where Debian's libonnx-dev puts it.
ONNX_PROTO ?= /usr/include/onnx/onnx.proto
# Where objects go; other flags (`make asan`) use another folder.
BUILD ?= build
CFLAGS ?= -O2 -g
WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wundef -Wvla
PKG_CONFIG ?= pkg-config
DARKNET_VERSION = $(shell if [ $(DARKNET) = /usr/lib/darknet ]; then dpkg-query -W -f '$${Version}' darknet; \
                    else git -C $(DARKNET) describe --always; fi 2>/dev/null || echo unknown)
STB_VERSION = $(shell sed -n '1s/.* v\([0-9.]*\) .*/\1/p' \
                $$($(CC) -M -include stb/stb_image.h -x c /dev/null | tr ' ' '\n' | grep stb_image.h))

PACKAGE_FLAGS := $(shell $(PKG_CONFIG) --cflags jansson ncursesw sqlite3 libprotobuf-c 2>/dev/null)
DEFINES := -D_GNU_SOURCE -DISPLIT_VERSION='"$(VERSION)"' -DISPLIT_LIBEXECDIR='"$(PREFIX)/libexec/isplit"' \
           -Iengine -Itui -I$(BUILD)/engine $(PACKAGE_FLAGS)
# Flags of single files; set below.
OWN :=
# Hidden symbols: a function of ours named like one inside libdarknet must never replace it.
COMPILE = $(CC) -std=c17 $(DEFINES) $(OWN) $(WARNINGS) $(CPPFLAGS) $(CFLAGS) -fvisibility=hidden -MMD -MP -c

FRONT_LIBS = $(shell $(PKG_CONFIG) --libs ncursesw jansson libxxhash sqlite3 libprotobuf-c 2>/dev/null) -lcsv -lz -lm -lpthread
# libdarknet asks for OpenCV, for pictures and its webcam demo: 240 libraries that cost every start of the worker 0.25 s and
# 76 MB. Empty ones of the same names are found before them, by DT_RPATH, which also counts for what libraries need.
OPENCV := $(shell readelf -d $(DARKNET)/libdarknet.so 2>/dev/null | sed -n 's/.*NEEDED.*\[\(libopencv_.*\)\]/\1/p')
NO_OPENCV := $(OPENCV:%=$(BUILD)/no-opencv/%)
EMPTY_PATH = -Wl,--disable-new-dtags,-rpath,'$$ORIGIN/no-opencv:$$ORIGIN/../libexec/isplit/no-opencv:$$ORIGIN/../no-opencv:$$ORIGIN/$(BUILD)/no-opencv'
ENGINE_LIBS = $(EMPTY_PATH) -L$(DARKNET) -Wl,-rpath,$(abspath $(DARKNET)) -ldarknet -ldnnl -lopenblas -fopenmp \
              $(shell $(PKG_CONFIG) --libs jansson libxxhash libzstd libjpeg liblzma libprotobuf-c 2>/dev/null) -lcsv -lz -lm -lpthread

# What both programs share, what only the worker runs, and the front end.
HALF_SHARED := engine/half/talk.c engine/half/sheet.c
TRAIN_SHARED := engine/train/parts.c engine/train/retrain_request.c
SHARED := $(foreach room,base net data curve race features deploy predict partition wire store onnx,$(wildcard engine/$(room)/*.c)) $(TRAIN_SHARED) $(HALF_SHARED)
WORKER := $(filter-out $(TRAIN_SHARED) $(HALF_SHARED) %/coder_none.c %/half/main.c,$(wildcard engine/graph/*.c engine/train/*.c engine/worker/*.c engine/half/*.c))
FRONT := $(wildcard tui/*.c tui/*/*.c)
# The program for the device. Beside libdarknet it links zstd and lzma only, or, with CODERS=, neither.
CODERS ?= zstd lzma
HALF := $(filter-out %/coder_none.c %/runtime_onednn.c,$(wildcard engine/half/*.c)) $(wildcard engine/base/*.c engine/net/*.c) engine/worker/darknet.c \
        $(addprefix engine/data/,decode.c stb.c fit.c resample.c exif.c jpeg.c pnm.c) \
        $(addprefix engine/features/,dtype.c encode.c frame.c packing.c) $(if $(CODERS),engine/features/coder.c,engine/half/coder_none.c)
# The manual: one page a file; the program holds them all.
MANUAL := $(sort $(filter-out %/README.md,$(wildcard tui/manual/*.md)))
MANUAL_NAMES := $(MANUAL:tui/manual/%.md=%)
UNIT := $(wildcard tests/unit/test_*.c)
FIXTURES := $(filter-out $(UNIT),$(wildcard tests/unit/*.c))
BENCH := $(wildcard tests/bench/*.c)
FUZZ := $(wildcard tests/fuzz/fuzz_*.c)
SOURCES := $(SHARED) $(WORKER) engine/main.c engine/half/main.c engine/half/coder_none.c $(FRONT) $(UNIT) $(FIXTURES) $(BENCH) $(FUZZ) tests/fuzz/fuzz.c tests/e2e/store_writer.c tests/e2e/bottleneck_writer.c tests/reference/trainer_steps.c
HEADERS := $(wildcard engine/*/*.h tui/*/*.h tests/unit/*.h tests/fuzz/*.h)
object = $(1:%.c=$(BUILD)/%.o)

SHARED_LIB := $(BUILD)/libshared.a
WORKER_LIB := $(BUILD)/libworker.a
FRONT_LIB := $(BUILD)/libfront.a
UNIT_PROGRAMS := $(UNIT:tests/unit/%.c=$(BUILD)/tests/%)

# The two programs stand at the top, where the manual says; other builds keep theirs in their folder.
BIN := $(if $(filter build,$(BUILD)),.,$(BUILD))

.PHONY: all half deps deps-test run test asan fuzz fuzz-programs frames onnx-zoo runtimes test-devices test-cluster bench bench-old bench-run bench-race bench-stable bench-quick study study-results screenshots install uninstall manual clean check-format format lint help
# The man pages and the completions are made by the program, from the manual and its own tables. isplit.md is
# isplit(1), plan.md isplit-plan(1).
MAN_PAGES := $(patsubst %,$(BUILD)/docs/isplit-%.1,$(filter-out isplit,$(MANUAL_NAMES))) $(BUILD)/docs/isplit.1
DOCS := $(MAN_PAGES) $(addprefix $(BUILD)/docs/,isplit.bash _isplit isplit.fish)
all: $(BIN)/isplit $(BIN)/isplit-engine $(BIN)/isplit-half $(NO_OPENCV) $(DOCS)

$(BIN)/isplit: $(BUILD)/tui/main.o $(FRONT_LIB) $(SHARED_LIB)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(FRONT_LIBS)

$(BIN)/isplit-engine: $(BUILD)/engine/main.o $(WORKER_LIB) $(SHARED_LIB)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(ENGINE_LIBS)

# Its functions stand in each of them, and end the program: nothing that isplit uses calls one.
$(BUILD)/no-opencv/%:
	@mkdir -p $(@D)
	nm -D --undefined-only $(DARKNET)/libdarknet.so | sed -n 's/.* U \(_ZNK*2cv[^@]*\).*/void \1(void) { __builtin_trap(); }/p' | \
	    $(CC) -shared -nostdlib -fPIC -Wl,-soname,$* -o $@ -x c -

# The program for the device, and its objects, which another compiler may make. Without contraction: what a device
# feeds its head equals what was measured, to the bit.
HALF_BUILD = $(BUILD)/half/$(shell $(CC) -dumpmachine)
HALF_COMPILE = $(CC) -std=c17 -D_GNU_SOURCE -DISPLIT_VERSION='"$(VERSION)"' -DXXH_INLINE_ALL -Iengine -isystem $(DARKNET)/include \
               $(WARNINGS) $(CPPFLAGS) $(CFLAGS) -ffp-contract=off -ffunction-sections -fvisibility=hidden -MMD -MP -c
half: $(BIN)/isplit-half ## the program that runs one half: alone, or with CC and DARKNET for another processor
$(BIN)/isplit-half: $(HALF:%.c=$(HALF_BUILD)/%.o) $(NO_OPENCV)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.o,$^) $(EMPTY_PATH) -L$(DARKNET) -Wl,-rpath,$(abspath $(DARKNET)) \
	    -Wl,--gc-sections,-rpath-link,$(BUILD)/no-opencv -ldarknet $(addprefix -l,$(CODERS)) -lm -lpthread
$(HALF_BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(HALF_COMPILE) -o $@ $<

$(MAN_PAGES): WHAT = man $(patsubst isplit-%.1,%,$(@F:isplit.1=isplit))
$(BUILD)/docs/isplit.bash: WHAT = bash
$(BUILD)/docs/_isplit: WHAT = zsh
$(BUILD)/docs/isplit.fish: WHAT = fish
$(DOCS): $(BIN)/isplit
	@mkdir -p $(@D)
	$(BIN)/isplit docs $(WHAT) >$@.new && mv $@.new $@

$(SHARED_LIB): $(call object,$(SHARED)) $(BUILD)/engine/onnx/onnx.pb-c.o
$(WORKER_LIB): $(call object,$(WORKER))
$(FRONT_LIB): $(call object,$(filter-out %/main.c,$(FRONT))) $(BUILD)/tui/manual/pages.o
$(SHARED_LIB) $(WORKER_LIB) $(FRONT_LIB):
	@rm -f $@
	$(AR) rcs $@ $^

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(COMPILE) -o $@ $<

$(BUILD)/tui/manual/pages.c: tui/manual/embed $(MANUAL)
	@mkdir -p $(@D)
	tui/manual/embed $(MANUAL) >$@.new && mv $@.new $@
$(BUILD)/tui/manual/pages.o: $(BUILD)/tui/manual/pages.c
	$(COMPILE) -o $@ $<

# Reading and writing of ONNX models, made from their schema.
$(BUILD)/engine/onnx/onnx.pb-c.h: $(ONNX_PROTO)
	@mkdir -p $(@D)
	protoc-c --proto_path=$(<D) --c_out=$(@D) $<
$(BUILD)/engine/onnx/onnx.pb-c.c: $(BUILD)/engine/onnx/onnx.pb-c.h
$(BUILD)/engine/onnx/onnx.pb-c.o: $(BUILD)/engine/onnx/onnx.pb-c.c
	$(COMPILE) -o $@ $<
$(call object,$(wildcard engine/onnx/*.c tests/unit/*onnx*.c tests/fuzz/*onnx*.c)): | $(BUILD)/engine/onnx/onnx.pb-c.h

# What single files need beside that.
# Without contraction: loops that exist for several vector widths give the same results.
$(BUILD)/engine/graph/%.o $(BUILD)/engine/train/%.o $(BUILD)/engine/features/%.o $(BUILD)/engine/worker/sender.o $(BUILD)/engine/worker/features.o $(BUILD)/engine/worker/features_cut.o $(BUILD)/engine/worker/pictures.o: OWN = -fopenmp -ffp-contract=off
$(BUILD)/engine/net/activations.o: OWN = -ffp-contract=off
# What a device feeds its head is what was measured, to the bit (make test-devices).
$(BUILD)/engine/data/%.o: OWN = -ffp-contract=off
$(BUILD)/engine/worker/darknet.o: OWN = -isystem $(DARKNET)/include
# Neither library can say its own version: Darknet's comes from its package, or from the tree's git; stb's stands
# in the first line of its header.
$(BUILD)/engine/worker/session.o: OWN = -DDARKNET_VERSION='"$(DARKNET_VERSION)"'
$(BUILD)/engine/data/stb.o: OWN = -ffp-contract=off -DSTB_IMAGE_VERSION='"$(STB_VERSION)"'

# A program of tests has all of the libraries in it, and there are over a hundred: gold and lld link one in a fifth of ld's time.
# (gold warns of clang's sanitizers, thousands of lines.)
fast_link = $(shell for name in $1; do $(CC) -fuse-ld=$$name -Wl,--version >/dev/null 2>&1 && echo -fuse-ld=$$name && break; done)
FAST_LINK := $(call fast_link,gold lld)
LINK_TEST = $(CC) $(CFLAGS) $(LDFLAGS) $(FAST_LINK) -o $@ $(filter %.o,$^) $(FRONT_LIB) $(WORKER_LIB) $(SHARED_LIB) \
            -Wl,--as-needed $(FRONT_LIBS) $(ENGINE_LIBS) -lcmocka
$(BUILD)/tests/%: $(BUILD)/tests/unit/%.o $(call object,$(FIXTURES)) $(FRONT_LIB) $(WORKER_LIB) $(SHARED_LIB)
	@mkdir -p $(@D)
	$(LINK_TEST)

$(BUILD)/bench_graph $(BUILD)/bench_train: $(BUILD)/bench_%: $(BUILD)/tests/bench/bench_%.o \
    $(BUILD)/tests/bench/bench_params.o $(BUILD)/tests/bench/bench_bound.o $(WORKER_LIB) $(SHARED_LIB)
	$(LINK_TEST)

# Objects are kept, also those only a rule of patterns asks for.
.PRECIOUS: $(BUILD)/%.o

-include $(patsubst %.c,$(BUILD)/%.d,$(SOURCES)) $(HALF:%.c=$(HALF_BUILD)/%.d) $(BUILD)/tui/manual/pages.d

deps: ## installs the Debian packages a build needs, where they are missing
	@.ci/packages build $(DARKNET)

deps-test:
	@.ci/packages build $(DARKNET)
	@.ci/packages test DARKNET=$(DARKNET)

run: deps ## sets up, builds, and opens the demo (as a text chart where there is no terminal)
	@$(MAKE) --no-print-directory all
	@if [ -t 0 ] && [ -t 1 ]; then ./isplit; else ./isplit curve cfg/letters.data --chart; fi

# What builds much builds on all cores, unless the command line says on how many.
JOBS = $(if $(filter -j% --jobserver%,$(MAKEFLAGS)),,-j$(shell nproc))

test: deps-test ## sets up, builds, and runs every test
	@$(MAKE) --no-print-directory $(JOBS) all unit-programs
	@/usr/bin/python3 tests/run.py --build $(BUILD) --bin $(BIN)

# What test_store_kill.py kills, what puts bottlenecks into networks for tests, and what trains step by step.
WRITERS := $(BUILD)/store_writer $(BUILD)/bottleneck_writer
$(WRITERS): $(BUILD)/%: $(BUILD)/tests/e2e/%.o $(SHARED_LIB)
	$(CC) $(CFLAGS) $(LDFLAGS) $(FAST_LINK) -o $@ $^ $(FRONT_LIBS)
TRAINER_STEPS := $(BUILD)/trainer_steps
$(TRAINER_STEPS): $(BUILD)/tests/reference/trainer_steps.o $(WORKER_LIB) $(SHARED_LIB)
	$(CC) $(CFLAGS) $(LDFLAGS) $(FAST_LINK) -o $@ $^ $(ENGINE_LIBS)

.PHONY: unit-programs
unit-programs: $(UNIT_PROGRAMS) $(NO_OPENCV) $(WRITERS) $(TRAINER_STEPS)

# Of what debuggers read: functions and lines, which are all that a report names. Where programs may stand anywhere in memory,
# each start writes an address into all that the sanitizers keep of each check, 6 MB: a quarter of the time it takes.
ASAN_FLAGS := -O1 -g1 -fno-pie -no-pie -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
asan: deps-test ## a short fuzz, and every test again, under the address and undefined behaviour sanitizers
	@$(MAKE) --no-print-directory fuzz SECONDS=$(ASAN_FUZZ_SECONDS) SEED=1
	@$(MAKE) --no-print-directory $(JOBS) BUILD=build/asan CFLAGS="$(ASAN_FLAGS)" all unit-programs
	@/usr/bin/python3 tests/run.py --build build/asan --bin build/asan --sanitized

# libFuzzer is part of clang. libdarknet is not in these programs.
FUZZ_CC ?= clang
FUZZ_FLAGS := -O1 -g1 -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined \
              -fsanitize-ignorelist=tests/fuzz/ignore.txt -fno-omit-frame-pointer -Wno-pass-failed
FUZZ_PROGRAMS := $(FUZZ:tests/fuzz/%.c=$(BUILD)/%)
SECONDS ?= 60
# Of libFuzzer's choices; 0: another one each time.
SEED ?= 0
ASAN_FUZZ_SECONDS ?= 5
FUZZ_PROBE := echo 'int LLVMFuzzerTestOneInput(void) { return 0; }' | $(FUZZ_CC) -fsanitize=fuzzer,address -x c - -o
fuzz: ## feeds every parser damaged input for SECONDS each (SECONDS=60; TARGET=cfg for one; tests/fuzz/README.md)
	@mkdir -p build/fuzz
	@if $(FUZZ_PROBE) build/fuzz/probe 2>/dev/null; then \
	    $(MAKE) --no-print-directory $(JOBS) BUILD=build/fuzz CC="$(FUZZ_CC)" CFLAGS="$(FUZZ_FLAGS)" \
	        FAST_LINK='$$(call fast_link,lld)' \
	        $(if $(TARGET),build/fuzz/fuzz_$(TARGET),fuzz-programs) && \
	    /usr/bin/python3 tests/fuzz/run.py --build build/fuzz --seconds $(SECONDS) --seed $(SEED) $(TARGET); \
	else echo "fuzz: skipped, as $(FUZZ_CC) has no libFuzzer (Debian: clang and libclang-rt-dev)"; fi

fuzz-programs: $(FUZZ_PROGRAMS)
$(BUILD)/fuzz_state: $(BUILD)/tests/unit/app_fixture.o
$(BUILD)/tests/fuzz/fuzz_state.o: OWN = -Itests/unit
$(BUILD)/fuzz_%: $(BUILD)/tests/fuzz/fuzz_%.o $(BUILD)/tests/fuzz/fuzz.o $(FRONT_LIB) $(WORKER_LIB) $(SHARED_LIB)
	$(LINK_TEST) -fsanitize=fuzzer

# The state before a change, as a commit: make unchanged BEFORE=HEAD~3
.PHONY: unchanged
unchanged: all ## compares all that this tree and the commit BEFORE write, byte for byte
	@/usr/bin/python3 tests/unchanged.py --before-commit $(or $(BEFORE),0413cd1) --after $(if $(filter build,$(BUILD)),.,$(BUILD))

frames: all ## writes anew the frames that the tests of the screen compare with
	@ISPLIT=$(BIN)/isplit /usr/bin/python3 tests/e2e/test_screen_frames.py --refresh

ONNX_RUNTIME = npm install --silent --ignore-scripts --no-audit --no-fund --prefix $(BUILD)/onnx-runtime onnxruntime-node@1.30.0
onnx-zoo: deps-test ## torchvision's networks through ONNX, compared with PyTorch: the table of isplit help import
	@$(MAKE) --no-print-directory all
	@$(ONNX_RUNTIME) || true
	@NODE_PATH=$(abspath $(BUILD))/onnx-runtime/node_modules ISPLIT=$(BIN)/isplit /usr/bin/python3 tests/reference/onnx_zoo.py

runtimes: deps-test ## every cut of the demo networks and of Debian's in Darknet, OpenCV and ONNX Runtime; FORK=DIR: in a fork, too
	@$(MAKE) --no-print-directory all
	@$(ONNX_RUNTIME) || true
	@NODE_PATH=$(abspath $(BUILD))/onnx-runtime/node_modules ISPLIT=$(BIN)/isplit ISPLIT_BUILD=$(BUILD) \
	    /usr/bin/python3 tests/reference/runtimes.py $(if $(FORK),--fork $(FORK))

test-devices: deps-test ## the head on arm64 and armhf under qemu-user, the tail here; needs a network the first time
	@$(MAKE) --no-print-directory all
	@.ci/packages devices || true
	@ISPLIT=$(BIN)/isplit ISPLIT_BUILD=$(BUILD) /usr/bin/python3 tests/reference/devices.py $(BUILD)/devices

test-cluster: deps ## the scripts of isplit shards by Slurm's own daemons on this machine (root) and by GNU parallel; skipped where these are not installed
	@$(MAKE) --no-print-directory all
	@.ci/packages cluster || true
	@ISPLIT=$(abspath $(BIN))/isplit /usr/bin/python3 tests/cluster/test_cluster.py

bench: deps-test ## speed and memory, side by side with PyTorch and oneDNN's own bound (RESULTS.md)
	@$(MAKE) --no-print-directory all $(BUILD)/bench_graph $(BUILD)/bench_train
	@BENCH_GRAPH=$(BUILD)/bench_graph ISPLIT=$(BIN)/isplit /usr/bin/python3 tests/bench/bench.py
	@BENCH_TRAIN=$(BUILD)/bench_train /usr/bin/python3 tests/bench/bench_train.py
	@ISPLIT=$(BIN)/isplit /usr/bin/python3 tests/bench/bench_screen.py
	@ISPLIT=$(BIN)/isplit /usr/bin/python3 tests/bench/bench_store.py
	@ISPLIT=$(BIN)/isplit /usr/bin/python3 tests/bench/bench_data.py
	@$(MAKE) --no-print-directory bench-run
	@$(if $(OLD),$(MAKE) --no-print-directory bench-old)

bench-run: deps-test ## both halves beside the plan, and what a cut that moves gains; five minutes; QUICK=1: only that it works (bench_run.py, bench_adapt.py)
	@$(MAKE) --no-print-directory all
	@ISPLIT=$(BIN)/isplit QUICK=$(QUICK) /usr/bin/python3 tests/bench/bench_run.py

bench-old: deps all ## this build beside that of a commit, which it builds in build/old (OLD=COMMIT; `make bench OLD=COMMIT` ends with it)
	@rm -rf build/old && mkdir -p build/old && git archive $(OLD) | tar -x -C build/old
	@$(MAKE) --no-print-directory -C build/old all >build/old/log 2>&1 || { tail build/old/log; false; }
	@OLD=build/old ISPLIT=$(BIN)/isplit /usr/bin/python3 tests/bench/bench_old.py

bench-race: deps-test ## the race over all splits beside a plain PyTorch loop, up to nine minutes (BENCH_DATA=FOLDER; bench_race.py)
	@$(MAKE) --no-print-directory all
	@ISPLIT=$(abspath $(BIN))/isplit /usr/bin/python3 tests/bench/bench_race.py

bench-stable: deps-test ## how soon --until-stable has its pick, beside a pass of PyTorch over all images, a minute (BENCH_DATA=FOLDER; bench_stable.py)
	@$(MAKE) --no-print-directory all
	@ISPLIT=$(abspath $(BIN))/isplit /usr/bin/python3 tests/bench/bench_stable.py

bench-quick: deps-test ## the same in under a minute, less exact
	@$(MAKE) --no-print-directory all $(BUILD)/bench_graph $(BUILD)/bench_train
	@BENCH_GRAPH=$(BUILD)/bench_graph /usr/bin/python3 tests/bench/bench.py --quick

# Hours; tests/study/README.md has its variables, which make hands on as all that stand in its command line.
study: deps-test ## retrains all cuts of twelve networks, and writes tests/study/RESULTS.md (STUDY_DATA=FOLDER; goes on where it was stopped)
	@$(MAKE) --no-print-directory all
	@ISPLIT=$(abspath $(BIN))/isplit /usr/bin/python3 tests/study/study.py

study-results: ## writes tests/study/RESULTS.md anew, from what of the study is done
	@/usr/bin/python3 tests/study/study.py --results

screenshots: deps ## takes the pictures in screenshots/ anew, from a real terminal
	@.ci/packages screenshots
	@$(MAKE) --no-print-directory all
	screenshots/take curve 80x27 './isplit curve cfg/letters.data --chart'
	screenshots/take curve-resnet50 80x28 \
	    './isplit curve cfg/letters-resnet50.cfg weights/letters-resnet50.weights -d tests/samples/letters --chart'
	screenshots/take classes 80x28 './isplit curve cfg/letters.data -c C,D,G --chart'
	screenshots/views

install: all ## to DESTDIR/PREFIX (default /usr/local)
	install -D -m 755 isplit $(DESTDIR)$(PREFIX)/bin/isplit
	install -D -m 755 isplit-half $(DESTDIR)$(PREFIX)/bin/isplit-half
	install -D -m 755 isplit-engine $(DESTDIR)$(PREFIX)/libexec/isplit/isplit-engine
	for library in $(NO_OPENCV); do \
	    install -D -m 644 $$library $(DESTDIR)$(PREFIX)/libexec/isplit/no-opencv/$${library##*/} || exit 1; done
	for file in cfg/*.cfg cfg/*.data cfg/*.labels weights/*.weights tests/samples/letters/*/*.png; do \
	    install -D -m 644 $$file $(DESTDIR)$(PREFIX)/share/isplit/$$file || exit 1; done
	for page in $(notdir $(MAN_PAGES)); do \
	    install -D -m 644 $(BUILD)/docs/$$page $(DESTDIR)$(PREFIX)/share/man/man1/$$page || exit 1; done
	install -D -m 644 $(BUILD)/docs/isplit.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/isplit
	install -D -m 644 $(BUILD)/docs/_isplit $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_isplit
	install -D -m 644 $(BUILD)/docs/isplit.fish $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/isplit.fish

uninstall: ## removes what install put there
	rm -f $(DESTDIR)$(PREFIX)/bin/isplit $(DESTDIR)$(PREFIX)/bin/isplit-half
	rm -rf $(DESTDIR)$(PREFIX)/libexec/isplit $(DESTDIR)$(PREFIX)/share/isplit
	rm -f $(addprefix $(DESTDIR)$(PREFIX)/share/man/man1/,$(notdir $(MAN_PAGES)))
	rm -f $(DESTDIR)$(PREFIX)/share/bash-completion/completions/isplit
	rm -f $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_isplit
	rm -f $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/isplit.fish

manual: all ## writes the tables in the manual and in README.md anew: options, keys, columns, commands
	@for file in README.md $(MANUAL); do \
	    $(BIN)/isplit docs fill $$file >$(BUILD)/docs/filled.md || exit 1; \
	    cmp -s $(BUILD)/docs/filled.md $$file || cp $(BUILD)/docs/filled.md $$file || exit 1; done

clean: ## removes everything built
	rm -rf build isplit isplit-engine isplit-half compile_commands.json

format: ## formats the C files in place
	@clang-format -i $(SOURCES) $(HEADERS)

check-format: ## fails where a C file is not formatted
	@clang-format --dry-run --Werror $(SOURCES) $(HEADERS)

lint: $(BUILD)/engine/onnx/onnx.pb-c.h
LINT_FLAGS = -std=c17 $(DEFINES) -fopenmp -isystem $(DARKNET)/include
lint: ## clang-tidy
	@printf '%s\n' $(SHARED) $(WORKER) engine/main.c $(FRONT) | xargs -P "$$(nproc)" -I FILE \
	    clang-tidy --quiet --warnings-as-errors='*' FILE -- $(LINT_FLAGS)

compile_commands.json: $(SOURCES) ## for editors (needs bear)
	bear -- $(MAKE) -B all unit-programs

help: ## this list
	@awk -F':.*## ' '/^[a-z_.-]+:.*## / {printf "make %-22s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
