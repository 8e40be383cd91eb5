/* phones.h - TIMIT's phones and their folding (Lee and Hon 1989): facts of the corpus. */
#ifndef DATASETS_PHONES_H
#define DATASETS_PHONES_H

#include <stddef.h>

enum { N_PHONES = 61, N_PHONES_39 = 39 };

/* The name of phone i of the 61 (in the order of names), of what it is among the 48 that are
 * modelled and among the 39 that are scored; "" for q, the glottal stop, which is deleted. */
const char *phones_name(int i);
const char *phones_name48(int i);
const char *phones_name39(int i);

/* [61] phone -> its place among the 39, -1 for q. */
const int *phones_fold39(void);

/* The phone of that name (n bytes), or -1. */
int phones_find(const char *name, size_t n);

#endif
