/* fuzz_ptb.c - any bytes go to the PTB reader. The members are parted by 0xff, which is in no UTF-8
 * text; one that lacks is the first again. */
#include "datasets/ptb.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What the reader promises of whatever it accepts. */
static void check(const struct ptb_corpus *c)
{
    for (int i = 0; i < N_SPLITS; i++) {
        size_t n_eos = 0;
        int32_t eos = vocab_find(c->vocab, "<eos>", 5);
        for (size_t t = 0; t < c->n_tokens[i]; t++) {
            if (c->tokens[i][t] < 0 || (size_t)c->tokens[i][t] >= vocab_size(c->vocab))
                abort();
            n_eos += c->tokens[i][t] == eos;
        }
        if (n_eos != c->n_lines[i] || c->tokens[i][c->n_tokens[i] - 1] != eos)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const name[N_SPLITS] = {"train", "valid", "test"};
    struct ptb_member member[N_SPLITS];
    struct ptb_corpus c;
    const char *p = (const char *)data;
    for (int i = 0; i < N_SPLITS; i++) {
        const char *end = size != 0 && i < N_SPLITS - 1 ? memchr(p, 0xff, size) : NULL;
        size_t n = end != NULL ? (size_t)(end - p) : size;
        member[i] = (struct ptb_member){name[i], p, n};
        if (n == 0 && i > 0)
            member[i] = (struct ptb_member){name[i], member[0].bytes, member[0].n_bytes};
        p += n + (end != NULL);
        size -= n + (end != NULL);
    }
    enum status s = ptb_read(member, &c);
    if (s == OK)
        check(&c);
    else if (s != E_FORMAT || c.vocab != NULL || strchr(status_message(), ':') == NULL)
        abort();
    ptb_release(&c);
    return 0;
}
