/* test_tied.c - a net whose classifier is its embedding: one storage, two names in a file. */
#include "base/file.h"
#include "base/mem.h"
#include "base/rng.h"
#include "model/weights.h"
#include "tests/scratch.h"

#include <criterion/criterion.h>
#include <string.h>

static const struct net_shape shape = {
    .n_vocab = 12, .n_in = 5, .n_layers = 2, .n_hid = {6, 5}, .n_classes = 12, .tied = 1};
static struct scratch tmp;

static void make(void)
{
    scratch_make(&tmp);
}

static void drop(void)
{
    scratch_remove(&tmp);
}

TestSuite(tied, .init = make, .fini = drop);

static struct net *drawn(void)
{
    struct net *net;
    struct rng r;
    rng_seed(&r, 1, 1);
    cr_assert_eq(net_new(&shape, &net), OK, "%s", status_message());
    rng_uniform(&r, net->data, net->n_data, -1, 1);
    return net;
}

Test(tied, one_storage)
{
    struct net *net = drawn(), *copy;
    cr_assert_eq(net_param(net, PARAM_CLASSIFIER, 0), net_param(net, PARAM_EMBEDDING, 0));
    cr_assert_eq(net->n_data, (size_t)(12 * 5 + 24 * 12 + 20 * 12 + 12));
    cr_assert_eq(net_copy(net, &copy), OK);
    cr_assert(copy->shape.tied && copy->n_data == net->n_data);
    net_release(net);
    net_release(copy);
}

Test(tied, impossible_shapes)
{
    struct net_shape bad = shape;
    struct net *net;
    bad.n_classes = 11;
    cr_assert_eq(net_new(&bad, &net), E_USAGE);
    bad = shape;
    bad.n_hid[1] = 6;
    cr_assert_eq(net_new(&bad, &net), E_USAGE);
    bad = shape;
    bad.n_proj[1] = 5;
    cr_assert_eq(net_new(&bad, &net), OK);
    net_release(net);
}

/* The bytes of a file with one thing changed: same length, so the offsets stay. */
static void change(const char *path, const char *from, const char *to)
{
    char *bytes, *at = NULL;
    size_t n;
    cr_assert_eq(file_read(path, 1 << 20, &bytes, &n), OK);
    for (size_t i = 0; at == NULL && i + strlen(from) <= n; i++)
        at = memcmp(bytes + i, from, strlen(from)) == 0 ? bytes + i : NULL;
    cr_assert_not_null(at, "%s", from);
    memcpy(at, to, strlen(from));
    cr_assert_eq(file_write(path, bytes, n), OK);
    mem_free(bytes);
}

Test(tied, file_has_both_names)
{
    const char *path = scratch_path(&tmp, "a");
    struct net *net = drawn(), *back;
    struct st_file *f;
    cr_assert_eq(weights_save(net, path), OK, "%s", status_message());
    cr_assert_eq(st_read(path, &f), OK);
    const struct st_tensor *e = st_find(f, "embedding.weight"),
                           *c = st_find(f, "classifier.weight");
    cr_assert(e != NULL && c != NULL && c->n == e->n && c->n_dims == 2 && c->dim[0] == 12);
    cr_assert_arr_eq(c->data, e->data, e->n * sizeof(float));
    cr_assert_str_eq(st_meta(f, "tied"), "1");
    st_release(f);
    cr_assert_eq(weights_load(path, NULL, &back), OK, "%s", status_message());
    cr_assert(back->shape.tied && back->n_data == net->n_data);
    cr_assert_arr_eq(back->data, net->data, net->n_data * sizeof *net->data);
    net_release(back);
    change(path, "classifier.weight", "classifier.weighs"); /* one name only */
    cr_assert_eq(weights_load(path, NULL, &back), OK, "%s", status_message());
    cr_assert_arr_eq(back->data, net->data, net->n_data * sizeof *net->data);
    net_release(back);
    net_release(net);
}

Test(tied, files_that_lie)
{
    const char *path = scratch_path(&tmp, "a");
    struct net *net = drawn(), *back;
    cr_assert_eq(weights_save(net, path), OK);
    change(path, "\"tied\":\"1\"", "\"tied\":\"2\"");
    cr_assert_eq(weights_load(path, NULL, &back), E_FORMAT);
    cr_assert_not_null(strstr(status_message(), "tied is '2' (expected 0 or 1)"));
    change(path, "\"tied\":\"2\"", "\"tied\":\"1\"");
    change(path, "embedding.weight", "embedding.weighs");
    cr_assert_eq(weights_load(path, NULL, &back), E_FORMAT);
    cr_assert_not_null(strstr(status_message(), "'embedding.weight' is missing"));
    change(path, "embedding.weighs", "embedding.weight");
    char first[5] = {0}, other[5] = "\1\1\1\77";
    memcpy(first, net->data, 4); /* found first in the embedding */
    change(path, first, other);
    cr_assert_eq(weights_load(path, NULL, &back), E_FORMAT);
    cr_assert_not_null(strstr(status_message(), "differs from 'embedding.weight'"));
    net_release(net);
}
