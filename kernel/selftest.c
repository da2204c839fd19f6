// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * The ring's tests, from the same source as libbaf's. They run when the module fanout-selftest is
 * loaded; loading fails if a test fails. The module is not installed.
 */
#include "../ring/ring.c"
#include "../ring/test-ring.c"
