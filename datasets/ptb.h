/* ptb.h - the text form of Mikolov's PTB: bytes of three members -> vocabulary and token streams.
 *
 * A member is UTF-8 text of words between blanks or TABs, one sentence a line; every line ends with
 * one <eos>, also an empty one. PTB itself has no empty line, but WikiText has many and its usual
 * token counts include their <eos>, so they are accepted. */
#ifndef DATASETS_PTB_H
#define DATASETS_PTB_H

#include "base/status.h"
#include "datasets/dataset.h"
#include "datasets/vocab.h"

#include <stddef.h>
#include <stdint.h>

/* One member, borrowed; `name` is what messages call it. */
struct ptb_member {
    const char *name, *bytes;
    size_t n_bytes;
};

struct ptb_corpus {
    struct vocab *vocab;       /* of train: by falling count, ties by bytes */
    int32_t *tokens[N_SPLITS]; /* [n_tokens] ids */
    size_t n_tokens[N_SPLITS]; /* one <eos> a line is counted */
    size_t n_lines[N_SPLITS];
};

/* Reads train, valid and test (in the order of enum split). Release with ptb_release.
 * E_FORMAT as `name:line: reason` for everything that text_each_line refuses, a carriage return or
 * another control byte, the word <eos> in the text, a member without any word, the PTB character
 * corpus, and a word of valid or test that train lacks while train has no <unk> (with <unk> in
 * train the word becomes that). On failure *out is empty. */
enum status ptb_read(const struct ptb_member member[N_SPLITS], struct ptb_corpus *out);
void ptb_release(struct ptb_corpus *c);

#endif
