# SPDX-License-Identifier: MIT
#
# baf connects programs by topics, with Unix pipes. What make does here:
#
#   make               builds the programs and the library, in build/
#   make demo          installs what the build lacks, builds, and shows the main job on real input
#   make check         installs what the tests lack, and runs every everyday test
#   make check-slow    runs what takes longer: stress and crash tests, whole suite with sanitizers,
#                      the kernel module in a kernel that looks for errors, a machine with systemd
#   make check-long    the same stress and crash tests, ten times as long, and more kernels: hours
#   make check-kernel  tests the kernel module in virtual machines
#   make bench         measures against pipes, and prints ratios
#
#   make install       installs below PREFIX (/usr/local), inside DESTDIR if that is set
#   make uninstall     removes what the last `make install` installed
#
#   make lint          everything that tools can say about the source; any finding fails
#   make format        sets the C source out as .clang-format says
#   make asan          everyday tests in a build with AddressSanitizer and UBSan
#   make tsan          concurrency tests in a build with ThreadSanitizer
#   make clean         removes the build folders
#   make help          prints this text
#
# SETUP='-Doption=value ...' adds to `meson setup` when a build folder is made. To run one
# test: `meson test -C build NAME`.

BUILD ?= build
PREFIX ?= /usr/local
DESTDIR ?=
SETUP ?=

# In recipes they are variables of the shell, since there may be blanks in them.
export BUILD PREFIX DESTDIR SETUP

.PHONY: all
all:
	@[ -f "$$BUILD/build.ninja" ] || test/dependencies --check build
	@[ -f "$$BUILD/build.ninja" ] || meson setup --prefix="$$PREFIX" $$SETUP "$$BUILD"
	@meson compile -C "$$BUILD"

.PHONY: demo
demo:
	@test/dependencies build
	@test/run build "$$BUILD"
	@test/demo "$$BUILD"

.PHONY: check asan tsan
check asan tsan:
	@test/dependencies test
	@test/run $@ "$$BUILD"

# Some of the slow tests start machines in an emulator.
.PHONY: check-slow check-long
check-slow check-long:
	@test/dependencies kernel
	@test/run $@ "$$BUILD"

# The module, in guests with three of the kernels that it is for, and the programs on its topics.
.PHONY: check-kernel
check-kernel:
	@test/dependencies kernel
	@test/run build "$$BUILD"
	@test/kernel/check "$$BUILD"

.PHONY: bench
bench: all
	@bench/run "$$BUILD"

.PHONY: install
install: all
	@test/install "$$BUILD"

.PHONY: uninstall
uninstall:
	@ninja -C "$$BUILD" uninstall

.PHONY: lint
lint:
	@test/dependencies lint
	@test/lint

.PHONY: format
format:
	@test/dependencies lint
	@git ls-files -co --exclude-standard '*.c' '*.h' | xargs clang-format -i

.PHONY: clean
clean:
	rm -rf build build-asan build-tsan build-clang "$$BUILD"

.PHONY: help
help:
	@sed -n '3,$${/^#/!q; s/^# \{0,1\}//p}' Makefile
