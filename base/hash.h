/* hash.h - SHA-256, through libcrypto. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include "base/status.h"

#include <stddef.h>

enum { HASH_HEX = 65 }; /* 64 lower-case hex digits and a NUL */

struct hash; /* a running digest */

/* Start, feed and end a digest. hash_end writes the hex text and frees; hash_drop only frees. */
enum status hash_begin(struct hash **out);
enum status hash_add(struct hash *h, const void *bytes, size_t n);
enum status hash_end(struct hash *h, char hex[HASH_HEX]);
void hash_drop(struct hash *h);

/* Digest of one block. */
enum status hash_bytes(const void *bytes, size_t n, char hex[HASH_HEX]);

/* Digest of a file's content. E_IO with the path if it cannot be read. */
enum status hash_file(const char *path, char hex[HASH_HEX]);

#endif
