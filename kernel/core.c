// SPDX-License-Identifier: GPL-2.0 OR MIT
/* The ring is the one that libbaf runs, from the same source. */
#include "../ring/ring.c"
