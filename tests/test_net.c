/* test_net.c - the network as one block of parameters: layout, copies, sizes that cannot be. */
#include "model/net.h"

#include <criterion/criterion.h>
#include <limits.h>
#include <string.h>

static const struct net_shape shape = {.n_vocab = 7,
                                       .n_in = 3,
                                       .n_layers = 2,
                                       .n_hid = {4, 5},
                                       .n_proj = {2, 0},
                                       .peephole = 1,
                                       .n_classes = 6};

Test(net, layout_covers_the_block_once)
{
    struct net *net;
    size_t at = 0;
    cr_assert_eq(net_new(&shape, &net), OK);
    for (int i = 0; i < net->n_params; i++) {
        cr_assert_eq(net->param[i].at, at);
        at += param_size(&net->param[i]);
    }
    cr_assert_eq(at, net->n_data);
    cr_assert_eq(at,
                 7 * 3 + 16 * 3 + 16 * 2 + 2 * 4 + 16 + 12 + 20 * 2 + 20 * 5 + 20 + 15 + 6 * 5 + 6);
    const struct lstm_layer *y = net->lstm.layer;
    cr_assert_eq(lstm_check(&net->lstm), OK);
    cr_assert(y[0].k_x == 3 && y[0].k_h == 2 && y[0].k_r == 4);
    cr_assert(y[1].n_in == 2 && y[1].k_x == 2 && y[1].k_h == 5 && y[1].k_r == 0);
    cr_assert_eq(y[0].w_r, net->data + net_param(net, PARAM_W_R, 0)->at);
    cr_assert_null(net_param(net, PARAM_W_R, 1));
    for (size_t i = 0; i < net->n_data; i++)
        cr_assert_eq(net->data[i], 0);
    net_release(net);
    net_release(NULL);
}

Test(net, a_copy_is_its_own)
{
    struct net *net, *copy;
    cr_assert_eq(net_new(&shape, &net), OK);
    net->data[5] = 2;
    net->lstm.layer[1].k_h = 3;
    cr_assert_eq(net_need_keep(net), OK);
    net->keep[40] = 0;
    cr_assert_eq(net_set_meta(net, "a", "b"), OK);
    cr_assert_eq(net_copy(net, &copy), OK);
    net->data[5] = 3;
    net->keep[41] = 0;
    cr_assert_eq(net_set_meta(net, "a", "c"), OK);
    cr_assert(copy->data[5] == 2 && copy->lstm.layer[1].k_h == 3);
    cr_assert(copy->keep[40] == 0 && copy->keep[41] == 1);
    cr_assert_str_eq(net_meta(copy, "a"), "b");
    cr_assert_null(net_meta(copy, "x"));
    cr_assert_eq(copy->lstm.layer[0].w_x, copy->data + net_param(copy, PARAM_W_X, 0)->at);
    net_release(net);
    net_release(copy);
}

static void refused(struct net_shape s, enum status want, const char *message)
{
    struct net *net;
    cr_assert_eq(net_new(&s, &net), want, "not refused: %s", message);
    cr_assert_null(net);
    cr_assert_not_null(strstr(status_message(), message), "%s", status_message());
}

Test(net, sizes_that_cannot_be)
{
    struct net_shape s = shape;
    s.n_layers = 0;
    refused(s, E_USAGE, "0 LSTM layers (expected 1 to 32)");
    s.n_layers = 33;
    refused(s, E_USAGE, "33 LSTM layers (expected 1 to 32)");
    s = shape;
    s.n_in = 0;
    refused(s, E_USAGE, "impossible net: vocabulary 7, input 0, classes 6");
    s = shape;
    s.n_hid[1] = INT_MAX / 4 + 1;
    refused(s, E_USAGE, "layer 1: impossible sizes n_hid 536870912, n_proj 0");
    s = shape;
    s.n_proj[0] = -1;
    refused(s, E_USAGE, "layer 0: impossible sizes n_hid 4, n_proj -1");
    /* each matrix fits, but together they wrap around 2^64: 32 * (2^58 + 2^58 + 2^30) */
    s = (struct net_shape){.n_in = 1 << 28, .n_layers = 32};
    for (int l = 0; l < 32; l++)
        s.n_hid[l] = 1 << 28;
    refused(s, E_NOMEM, "do not fit");
}
