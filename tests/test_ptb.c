/* test_ptb.c - the reader of PTB's text form: counts, ids, and every bad input by file and line. */
#include "datasets/ptb.h"

#include "base/file.h"
#include "base/mem.h"
#include "datasets/members.h"
#include "datasets/text.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define GOOD " a b <unk> \n a a \n"

static enum status read_sized(const char *train, size_t n, const char *valid, struct ptb_corpus *c)
{
    struct ptb_member m[N_SPLITS] = {
        {"d/train", train, n}, {"d/valid", valid, strlen(valid)}, {"d/test", GOOD, strlen(GOOD)}};
    return ptb_read(m, c);
}

/* `bad` as train must give exactly `message`, and nothing to release. */
static void refuse(const char *bad, size_t n, const char *message)
{
    struct ptb_corpus c;
    cr_assert_eq(read_sized(bad, n, GOOD, &c), E_FORMAT, "accepted: %s", message);
    cr_assert_str_eq(status_message(), message);
    cr_assert_null(c.vocab);
}

#define REFUSE(bytes, message) refuse(bytes, sizeof(bytes) - 1, message)

Test(ptb, counts_one_eos_a_line_and_ranks_train)
{
    struct ptb_corpus c;
    const char *valid = "b\tzz  a\n\n<unk>"; /* TAB, double blank, empty line, no final LF */
    cr_assert_eq(read_sized(GOOD "b c", strlen(GOOD "b c"), valid, &c), OK);
    cr_assert_eq(c.n_lines[SPLIT_TRAIN], 3);
    cr_assert_eq(c.n_tokens[SPLIT_TRAIN], 10);
    static const char *const want[] = {"<eos>", "a", "b", "<unk>", "c"};
    cr_assert_eq(vocab_size(c.vocab), 5);
    for (int i = 0; i < 5; i++)
        cr_assert_str_eq(vocab_word(c.vocab, i), want[i]);
    const int32_t train[] = {1, 2, 3, 0, 1, 1, 0, 2, 4, 0}, got[] = {2, 3, 1, 0, 0, 3, 0};
    cr_assert_arr_eq(c.tokens[SPLIT_TRAIN], train, sizeof train);
    cr_assert_eq(c.n_lines[SPLIT_VALID], 3);
    cr_assert_eq(c.n_tokens[SPLIT_VALID], 7);
    cr_assert_arr_eq(c.tokens[SPLIT_VALID], got, sizeof got); /* zz became <unk> */
    ptb_release(&c);
}

Test(ptb, refuses_what_is_no_text)
{
    REFUSE("", "d/train:1: the file is empty (expected text)");
    REFUSE(" \n\n \n", "d/train:3: no word in the whole file");
    REFUSE("\xef\xbb\xbf"
           "a\n",
           "d/train:1: begins with a byte-order mark (expected plain UTF-8)");
    REFUSE(" \r\n<!DocType html>\n", "d/train:1: is an HTML page (expected the text itself)");
    REFUSE("<HTML lang=en>", "d/train:1: is an HTML page (expected the text itself)");
    REFUSE("version https://git-lfs.github.com/spec/v1\noid sha256:0\n",
           "d/train:1: is a git-lfs pointer (get the text with: git lfs pull)");
}

Test(ptb, refuses_bad_bytes_by_line)
{
    REFUSE("a b\na \0b\n", "d/train:2: a NUL byte at column 3");
    REFUSE("a\nb\n \xc3(\n", "d/train:3: invalid UTF-8 (byte 0xc3 at column 2)");
    REFUSE("\x80", "d/train:1: invalid UTF-8 (byte 0x80 at column 1)");
    REFUSE("a\xe2\x82", "d/train:1: invalid UTF-8 (byte 0xe2 at column 2)");
    REFUSE("\xc0\xaf", "d/train:1: invalid UTF-8 (byte 0xc0 at column 1)");
    REFUSE("\xe0\x80\xaf", "d/train:1: invalid UTF-8 (byte 0xe0 at column 1)");
    REFUSE("\xed\xa0\x80", "d/train:1: invalid UTF-8 (byte 0xed at column 1)");
    REFUSE("\xf0\x80\x80\x80", "d/train:1: invalid UTF-8 (byte 0xf0 at column 1)");
    REFUSE("\xf4\x90\x80\x80", "d/train:1: invalid UTF-8 (byte 0xf4 at column 1)");
    REFUSE("a\nb\x0c"
           "c\n",
           "d/train:2: control byte 0x0c (expected words between blanks)");
    REFUSE("a\r\nb\r\n", "d/train:1: a carriage return (expected lines ended by LF only; convert "
                         "the file with dos2unix)");
    REFUSE("a\nb <eos>\n",
           "d/train:2: the word <eos> stands in the text (it is added at each line end)");
}

Test(ptb, accepts_utf8_up_to_its_last_character)
{
    struct ptb_corpus c;
    const char *text =
        "\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80 \xf4\x8f\xbf\xbf \xc2\x85x a b <unk>\n";
    cr_assert_eq(read_sized(text, strlen(text), GOOD, &c), OK);
    cr_assert_eq(c.n_lines[SPLIT_TRAIN], 1); /* U+0085 ends no line */
    cr_assert_eq(c.n_tokens[SPLIT_TRAIN], 9);
    ptb_release(&c);
}

Test(ptb, longest_line)
{
    struct ptb_corpus c;
    static char text[TEXT_MAX_LINE + 16];
    memset(text, 'x', sizeof text);
    memcpy(text, "<unk>\n", 6);
    text[6 + TEXT_MAX_LINE] = '\n';
    cr_assert_eq(read_sized(text, 6 + TEXT_MAX_LINE + 1, "a\n", &c), OK);
    ptb_release(&c);
    text[6 + TEXT_MAX_LINE] = 'x';
    refuse(text, 6 + TEXT_MAX_LINE + 1, "d/train:2: the line has 65537 bytes (at most 65536)");
}

Test(ptb, refuses_the_character_corpus)
{
    REFUSE("n o _ i t _ w a s _ n ' t _ b l a c k _ m o n d a y\nb u t _ w h i l e\n",
           "d/train:1: is the PTB character corpus, one letter a word (expected ptb.train.txt and "
           "its like, not ptb.char.*)");
    struct ptb_corpus c; /* one-letter words alone are a language like any other */
    const char *text = "a b a b a b a b a b a b a b a b a b a b a b a b a b a b a b a b a b a b\n"
                       "<unk>\n";
    cr_assert_eq(read_sized(text, strlen(text), GOOD, &c), OK);
    ptb_release(&c);
}

Test(ptb, unseen_word_needs_unk)
{
    struct ptb_corpus c;
    cr_assert_eq(read_sized("a b\n", 4, "a\nb a\na zebra b\n", &c), E_FORMAT);
    cr_assert_str_eq(status_message(), "d/valid:3: the word 'zebra' is not in the training text, "
                                       "which has no <unk> to stand for it");
    cr_assert_null(c.vocab);
}

Test(ptb, bad_valid_is_named)
{
    struct ptb_corpus c;
    cr_assert_eq(read_sized(GOOD, strlen(GOOD), "a\nb\x01\n", &c), E_FORMAT);
    cr_assert_not_null(strstr(status_message(), "d/valid:2: control byte 0x01"));
}

Test(ptb, real_counts)
{
    char *path;
    struct members m;
    struct ptb_member view[N_SPLITS];
    struct ptb_corpus c;
    const char *shared = getenv("SHARED_DATA");
    cr_assert_eq(file_join(&path, shared != NULL ? shared : ".", "ptb.tar.xz"), OK);
    if (!file_exists(path))
        cr_skip_test("the real PTB is not here");
    cr_assert_eq(members_find(path, 5951345, &m), OK, "%s", status_message());
    members_view(&m, view);
    cr_assert_eq(ptb_read(view, &c), OK, "%s", status_message());
    const size_t lines[] = {42068, 3370, 3761}, tokens[] = {929589, 73760, 82430};
    cr_assert_arr_eq(c.n_lines, lines, sizeof lines);
    cr_assert_arr_eq(c.n_tokens, tokens, sizeof tokens);
    cr_assert_eq(vocab_size(c.vocab), 10000);
    cr_assert_str_eq(vocab_word(c.vocab, 0), "the");
    cr_assert_str_eq(vocab_word(c.vocab, 1), "<unk>");
    cr_assert_str_eq(vocab_word(c.vocab, 2), "<eos>");
    ptb_release(&c);
    members_release(&m);
    mem_free(path);
}
