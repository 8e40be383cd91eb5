/* test_archive.c - members of archives and folders, and every archive that must be refused. */
#include "datasets/archive.h"

#include "base/file.h"
#include "base/mem.h"
#include "datasets/folder.h"
#include "datasets/members.h"
#include "tests/scratch.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct scratch dir;

static void setup(void)
{
    scratch_make(&dir);
}

static void teardown(void)
{
    scratch_remove(&dir);
}

TestSuite(archive, .init = setup, .fini = teardown);
TestSuite(members, .init = setup, .fini = teardown);

static int want_txt(void *ctx, const char *member)
{
    size_t n = strlen(member);
    return n > 4 && strcmp(member + n - 4, ".txt") == 0;
}

static enum status note(void *ctx, const char *member, const char *bytes, size_t n)
{
    strbuf_addf(ctx, "%s=%.*s;", member, (int)n, bytes);
    return OK;
}

static enum status walk(const char *path, uint64_t expected, struct strbuf *seen)
{
    struct member_visitor v = {want_txt, note, seen, expected};
    return file_is_folder(path) ? folder_walk(path, 2, &v) : archive_walk(path, &v);
}

/* Walks `path`, which must be E_FORMAT with `part` in a message that names the archive. */
static void refuse(const char *path, uint64_t expected, const char *part)
{
    struct strbuf seen = {0};
    cr_assert_eq(walk(path, expected, &seen), E_FORMAT, "accepted: %s", part);
    cr_assert_not_null(strstr(status_message(), path), "%s", status_message());
    cr_assert_not_null(strstr(status_message(), part), "%s", status_message());
    strbuf_release(&seen);
}

Test(archive, reads_every_format)
{
    static const char *const format[] = {"tar", "tar.gz", "tar.xz", "zip"};
    for (size_t i = 0; i < 4; i++) {
        const char *path = scratch_path(&dir, format[i]);
        struct strbuf seen = {0};
        struct archive_maker *m = archive_make(path, format[i]);
        archive_put(m, "./z/b.txt", "bee", 3);
        archive_put(m, "skipped.bin", "xyz", 3);
        archive_put_symlink(m, "z/inner", "../skipped.bin");
        archive_put(m, "a.txt", "", 0);
        archive_done(m);
        cr_assert_eq(walk(path, 100, &seen), OK, "%s: %s", format[i], status_message());
        cr_assert_str_eq(seen.s, "z/b.txt=bee;a.txt=;", "%s", format[i]);
        strbuf_release(&seen);
    }
}

static const char *one(const char *name, void (*put)(struct archive_maker *, const char *))
{
    const char *path = scratch_path(&dir, "bad.tar");
    struct archive_maker *m = archive_make(path, "tar");
    put(m, name);
    archive_done(m);
    return path;
}

static void put_file(struct archive_maker *m, const char *name)
{
    archive_put(m, name, "x", 1);
}

static void put_out(struct archive_maker *m, const char *name)
{
    archive_put_symlink(m, name, "../../x");
}

static void put_absolute(struct archive_maker *m, const char *name)
{
    archive_put_symlink(m, name, "/etc/passwd");
}

static void put_hard_out(struct archive_maker *m, const char *name)
{
    archive_put_hardlink(m, name, "a/../../x");
}

static void put_inner(struct archive_maker *m, const char *name)
{
    archive_put_symlink(m, name, "x");
}

Test(archive, refuses_names_and_links_that_leave_the_root)
{
    refuse(one("/abs", put_file), 100, "/abs: an absolute name");
    refuse(one("a/../b", put_file), 100, "a/../b: a name with '..'");
    refuse(one("..", put_file), 100, "..: a name with '..'");
    refuse(one("d/link", put_out), 100, "d/link: a link that leaves the root, to ../../x");
    refuse(one("link", put_absolute), 100, "link: a link that leaves the root, to /etc/passwd");
    refuse(one("hard", put_hard_out), 100, "hard: a link that leaves the root");
    refuse(one("null", archive_put_device), 100, "null: a device, pipe or socket");
    refuse(one("d/a.txt", put_inner), 100, "d/a.txt: is a link (expected a file)");
}

Test(archive, refuses_bombs)
{
    const char *path = scratch_path(&dir, "bomb.tar.gz");
    struct archive_maker *m = archive_make(path, "tar.gz");
    archive_put_many(m, "a.txt", 0, 401);
    archive_done(m);
    struct strbuf seen = {0};
    refuse(path, 100, "a.txt: unpacks to more than 400 bytes");
    cr_assert_eq(walk(path, 101, &seen), OK); /* four times is still allowed */
    strbuf_release(&seen);
    m = archive_make(path, "tar.gz");
    for (int i = 0; i < 5; i++) /* none too large, all together are */
        archive_put_many(m, i % 2 ? "a.txt" : "b.txt", 0, 100);
    archive_done(m);
    refuse(path, 100, "b.txt: unpacks to more than 400 bytes");
    m = archive_make(path, "tar.gz");
    archive_put_many(m, "passed-over.bin", 0, 50 << 20);
    archive_put(m, "a.txt", "x", 1);
    archive_done(m);
    refuse(path, 100, "passed-over.bin: unpacks to more than");
}

Test(archive, refuses_what_is_cut_or_no_archive)
{
    static const char *const format[] = {"tar", "tar.gz", "tar.xz", "zip"};
    static char text[100000];
    char *bytes;
    size_t n;
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (char)('a' + i * i % 23);
    for (size_t i = 0; i < 4; i++) {
        const char *path = scratch_path(&dir, "whole"), *cut = scratch_path(&dir, "cut");
        struct archive_maker *m = archive_make(path, format[i]);
        archive_put(m, "a.txt", text, sizeof text);
        archive_done(m);
        cr_assert_eq(file_read(path, 1 << 20, &bytes, &n), OK);
        cr_assert_eq(file_write(cut, bytes, n / 2), OK);
        refuse(cut, sizeof text, "cut short, damaged, or no tar");
        mem_free(bytes);
    }
    scratch_write(&dir, "text", "no archive at all\n", 18);
    refuse(scratch_path(&dir, "text"), 100, "cut short, damaged, or no tar");
    scratch_write(&dir, "empty", "", 0);
    refuse(scratch_path(&dir, "empty"), 100, "cut short, damaged, or no tar");
    struct strbuf seen = {0};
    cr_assert_eq(walk(scratch_path(&dir, "absent"), 100, &seen), E_IO);
    cr_assert_not_null(strstr(status_message(), "absent: cannot open"));
}

Test(archive, folder_is_sorted_and_bounded)
{
    struct strbuf seen = {0};
    scratch_write(&dir, "d/b.txt", "1", 1);
    scratch_write(&dir, "d/B.txt", "2", 1);
    scratch_write(&dir, "d/a/x/z.txt", "3", 1);
    scratch_write(&dir, "d/a/x/deep/z.txt", "4", 1); /* below the depth of this walk */
    cr_assert_eq(symlink("..", scratch_path(&dir, "d/a/loop")), 0);
    cr_assert_eq(symlink("B.txt", scratch_path(&dir, "d/link.txt")), 0);
    cr_assert_eq(walk(scratch_path(&dir, "d"), 100, &seen), OK, "%s", status_message());
    cr_assert_str_eq(seen.s, "B.txt=2;a/x/z.txt=3;b.txt=1;link.txt=2;");
    refuse(scratch_path(&dir, "d"), 0, "B.txt: has 1 bytes");
    cr_assert_eq(mkfifo(scratch_path(&dir, "d/0.txt"), 0600), 0);
    refuse(scratch_path(&dir, "d"), 100, "0.txt: is no regular file");
    strbuf_release(&seen);
}

static void put_corpus(const char *below, const char *style)
{
    static const char *const split[] = {"train", "valid", "test"};
    char name[128], file[64];
    for (int i = 0; i < 3; i++) {
        snprintf(file, sizeof file, strcmp(style, "wiki") == 0 ? "wiki.%s.tokens" : "%s%s.txt",
                 strcmp(style, "wiki") == 0 ? split[i] : style, split[i]);
        snprintf(name, sizeof name, "%s/%s", below, file);
        scratch_write(&dir, name, split[i], strlen(split[i]));
    }
}

static void assert_found(const char *path)
{
    struct members m;
    cr_assert_eq(members_find(path, 1000, &m), OK, "%s", status_message());
    cr_assert_str_eq(m.bytes[SPLIT_TRAIN], "train");
    cr_assert_str_eq(m.bytes[SPLIT_VALID], "valid");
    cr_assert_str_eq(m.bytes[SPLIT_TEST], "test");
    cr_assert_eq(m.n_bytes[SPLIT_TEST], 4);
    members_release(&m);
}

Test(members, are_found_in_every_style_and_place)
{
    put_corpus("a", "ptb.");
    put_corpus("b/simple-examples/data", "ptb.");
    put_corpus("c", "");
    put_corpus("d", "wiki");
    assert_found(scratch_path(&dir, "a"));
    assert_found(scratch_path(&dir, "a/"));
    assert_found(scratch_path(&dir, "a/ptb.valid.txt")); /* its siblings stand beside it */
    assert_found(scratch_path(&dir, "b"));
    assert_found(scratch_path(&dir, "c"));
    assert_found(scratch_path(&dir, "d"));
    cr_assert_eq(chdir(scratch_path(&dir, "a")), 0);
    assert_found(".");
    assert_found("ptb.test.txt");
}

Test(members, missing_and_contradicting_ones_are_named)
{
    struct members m;
    put_corpus("a", "ptb.");
    scratch_write(&dir, "a/copy/ptb.test.txt", "test", 4); /* the same bytes are no harm */
    assert_found(scratch_path(&dir, "a"));
    scratch_write(&dir, "a/copy/ptb.test.txt", "tesT", 4);
    cr_assert_eq(members_find(scratch_path(&dir, "a"), 1000, &m), E_FORMAT);
    cr_assert_not_null(strstr(status_message(), "a: two different files of one name, "));
    cr_assert_not_null(strstr(status_message(), "a/copy/ptb.test.txt and "));
    put_corpus("d", "ptb.");
    scratch_write(&dir, "d/x/train.txt", "1", 1); /* not of the style that is chosen */
    scratch_write(&dir, "d/y/train.txt", "2", 1);
    assert_found(scratch_path(&dir, "d"));
    scratch_write(&dir, "b/ptb.train.txt", "x", 1);
    scratch_write(&dir, "b/ptb.test.txt", "x", 1);
    cr_assert_eq(members_find(scratch_path(&dir, "b"), 1000, &m), E_FORMAT);
    cr_assert_not_null(strstr(status_message(), "b: ptb.valid.txt is missing (expected"));
    cr_assert_null(m.bytes[SPLIT_TRAIN]);
    cr_assert_eq(members_find(scratch_path(&dir, "absent"), 1000, &m), E_IO);
    cr_assert_not_null(strstr(status_message(), "absent: cannot open"));
}
