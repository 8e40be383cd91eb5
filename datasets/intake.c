#include "datasets/intake.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "datasets/folder.h"
#include "datasets/label.h"
#include "datasets/store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static enum status write_files(const char *folder, const struct form *form, const struct kept *k)
{
    char *path;
    TRY(form->write(k, folder));
    enum status s = file_join(&path, folder, MANIFEST_FILE);
    if (s == OK)
        s = manifest_write(&k->manifest, path);
    mem_free(path);
    return s;
}

/* Under the label there is something already: fine if it is the same, whole corpus. */
static enum status settle(const char *dir, const struct manifest *f)
{
    struct store_entry there;
    enum status s = store_verify(dir, f->entry.label, &there);
    if (s == E_ABSENT)
        return fail(E_USAGE, "%s/%s: is there, but holds no %s (remove it first)", dir,
                    f->entry.label, MANIFEST_FILE);
    if (s != OK)
        return fail_in(s, "%s/%s: cannot be replaced (remove that folder first)", dir,
                       f->entry.label);
    if (strcmp(there.sha256, f->entry.sha256) != 0)
        return fail(E_USAGE,
                    "%s/%s: holds another corpus, sha256 %s (remove that folder first, or "
                    "choose another label)",
                    dir, f->entry.label, there.sha256);
    return OK;
}

/* Writes beside the final place and renames, so the corpus appears whole or not at all. */
static enum status place(const char *dir, const char *folder, const struct form *form,
                         const struct kept *k)
{
    const struct manifest *f = &k->manifest;
    struct strbuf temp = {0};
    strbuf_addf(&temp, "%s/.%s.XXXXXX", dir, f->entry.label);
    TRY(strbuf_check(&temp));
    enum status s = OK;
    if (mkdtemp(temp.s) == NULL) {
        s = fail(E_IO, "%s: cannot make a folder in it: %s", dir, strerror(errno));
        strbuf_release(&temp);
        return s;
    }
    chmod(temp.s, 0755); /* mkdtemp's 0700 would shut out other users of a shared data folder */
    s = write_files(temp.s, form, k);
    int moved = s == OK && rename(temp.s, folder) == 0;
    int why = errno;
    if (!moved)
        folder_remove(temp.s);
    if (s == OK && !moved)
        s = why == ENOTEMPTY || why == EEXIST || why == ENOTDIR
                ? settle(dir, f)
                : fail(E_IO, "%s: cannot write: %s", folder, strerror(why));
    if (moved)
        folder_sync(dir);
    strbuf_release(&temp);
    return s;
}

enum status intake_keep(const char *data_dir, const struct form *form, const struct kept *k)
{
    const struct manifest *f = &k->manifest;
    char *dir, *folder = NULL;
    TRY(label_root(data_dir, &dir));
    enum status s;
    TRY_OUT(file_join(&folder, dir, f->entry.label));
    if (file_exists(folder)) {
        TRY_OUT(settle(dir, f));
    } else {
        TRY_OUT(file_mkdirs(dir));
        TRY_OUT(place(dir, folder, form, k));
    }
out:
    mem_free(folder);
    mem_free(dir);
    return s;
}
