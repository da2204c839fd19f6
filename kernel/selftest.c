// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * The ring's tests, from the same source that libbaf's are built from: they run when the module
 * fanout-selftest is loaded, which fails if one of them does. It is not installed.
 */
#include "../ring/ring.c"
#include "../ring/test-ring.c"
