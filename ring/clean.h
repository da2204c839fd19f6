/* SPDX-License-Identifier: MIT */
/*
 * What topics that are gone left behind; baf_directory_clean() removes it.
 */
#ifndef BAF_CLEAN_H
#define BAF_CLEAN_H

/*
 * How many files that would remove, as far as they can be seen: nothing is changed, and nobody is
 * disturbed. A negative errno if the directory cannot be read.
 */
int directory_count_leftovers(int directory);

#endif /* BAF_CLEAN_H */
