/* SPDX-License-Identifier: MIT */
/* Files that topics left behind; baf_directory_clean() removes them. */
#ifndef BAF_CLEAN_H
#define BAF_CLEAN_H

/*
 * How many files baf_directory_clean() would remove, as far as we can see. Changes nothing and
 * disturbs nobody. A negative errno if the directory cannot be read.
 */
int directory_count_leftovers(int directory);

#endif /* BAF_CLEAN_H */
