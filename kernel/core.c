// SPDX-License-Identifier: GPL-2.0 OR MIT
/* The ring of libbaf, from the same source. */
#include "../ring/ring.c"
