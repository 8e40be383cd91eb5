#include "base/hash.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

/* struct hash is OpenSSL's digest context under our name. */
static EVP_MD_CTX *context(struct hash *h)
{
    return (EVP_MD_CTX *)h;
}

enum status hash_begin(struct hash **out)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    *out = (struct hash *)ctx;
    if (ctx == NULL || EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) != 1) {
        hash_drop(*out);
        *out = NULL;
        return fail(E_NOMEM, "libcrypto: SHA-256 cannot be started");
    }
    return OK;
}

enum status hash_add(struct hash *h, const void *bytes, size_t n)
{
    if (n != 0 && EVP_DigestUpdate(context(h), bytes, n) != 1)
        return fail(E_IO, "libcrypto: SHA-256 failed");
    return OK;
}

enum status hash_end(struct hash *h, char hex[HASH_HEX])
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    int good = EVP_DigestFinal_ex(context(h), digest, &n) == 1 && n == 32;
    hash_drop(h);
    if (!good)
        return fail(E_IO, "libcrypto: SHA-256 failed");
    for (unsigned i = 0; i < n; i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    return OK;
}

void hash_drop(struct hash *h)
{
    EVP_MD_CTX_free(context(h));
}

enum status hash_bytes(const void *bytes, size_t n, char hex[HASH_HEX])
{
    struct hash *h;
    TRY(hash_begin(&h));
    enum status s = hash_add(h, bytes, n);
    if (s != OK) {
        hash_drop(h);
        return s;
    }
    return hash_end(h, hex);
}

enum status hash_file(const char *path, char hex[HASH_HEX])
{
    struct hash *h;
    char block[1 << 16];
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        return fail(E_IO, "%s: cannot open: %s", path, strerror(errno));
    enum status s = hash_begin(&h);
    for (size_t n; s == OK && (n = fread(block, 1, sizeof block, f)) > 0;)
        s = hash_add(h, block, n);
    if (s == OK && ferror(f))
        s = fail(E_IO, "%s: cannot read: %s", path, strerror(errno));
    fclose(f);
    if (s != OK) {
        hash_drop(h);
        return s;
    }
    return hash_end(h, hex);
}
