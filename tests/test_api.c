/* test_api.c - the installed library: integer precisions take the calibration of the file. */
#include "brds/brds.h"
#include "model/calibrate.h"
#include "model/weights.h"
#include "tests/scratch.h"

#include <criterion/criterion.h>
#include <string.h>

enum { HID = 5, IN = 3, STEPS = 4 };

static void save(const char *path, int calibrated)
{
    const struct net_shape shape = {.n_in = IN, .n_layers = 1, .n_hid = {HID}};
    const struct quant quant = {.n_layers = 1, .layer = {{2, 1, 3}}};
    struct net *net;
    cr_assert_eq(net_new(&shape, &net), OK);
    for (size_t i = 0; i < net->n_data; i++)
        net->data[i] = (float)(i * 7 % 13) / 13 - 0.5f;
    if (calibrated)
        cr_assert_eq(calibrate_store(net, &quant), OK);
    cr_assert_eq(weights_save(net, path), OK);
    net_release(net);
}

static void run(brds_plan *plan, float *y)
{
    static const float x[STEPS * IN] = {1, -1, 0.5f, 2, 0, -2, 0.1f, 0.2f, 0.3f, 1, 1, 1};
    float h[HID] = {0}, c[HID] = {0};
    cr_assert_eq(brds_plan_run(plan, STEPS, 1, x, y, h, c, NULL), 0);
    cr_assert_eq(memcmp(h, y + (STEPS - 1) * HID, sizeof h), 0);
}

Test(api, integer_precisions_of_a_calibrated_file)
{
    struct scratch tmp;
    brds_model *model;
    brds_plan *plan;
    float exact[STEPS * HID], ref[STEPS * HID], y[STEPS * HID];
    scratch_make(&tmp);
    save(scratch_path(&tmp, "w"), 1);
    cr_assert_eq(brds_model_open(scratch_path(&tmp, "w"), NULL, &model), 0, "%s", brds_error());
    cr_assert_eq(brds_plan_open(model, "ref", "f32", 1, STEPS, 1, NULL, &plan), 0);
    run(plan, exact);
    brds_plan_close(plan);
    for (int i = 0; i < 2; i++) {
        const char *precision = i == 0 ? "q16" : "q8";
        for (int b = 0; brds_backend_name(b) != NULL; b++) {
            if (strcmp(brds_backend_name(b), "onednn") == 0)
                continue; /* its q8 is its own: test_precision.c */
            if (strcmp(brds_backend_name(b), "fpga") == 0 && i == 1)
                continue; /* q16 only */
            cr_assert_eq(
                brds_plan_open(model, brds_backend_name(b), precision, 1, STEPS, 1, NULL, &plan), 0,
                "%s", brds_error());
            run(plan, b == 0 ? ref : y);
            cr_assert(b == 0 || memcmp(y, ref, sizeof y) == 0);
            brds_plan_close(plan);
        }
        cr_assert_neq(memcmp(ref, exact, sizeof ref), 0);
        for (int j = 0; j < STEPS * HID; j++)
            cr_assert_float_eq(ref[j], exact[j], i == 0 ? 2e-3 : 3e-2);
    }
    brds_model_close(model);
    scratch_remove(&tmp);
}

Test(api, integer_precisions_without_a_calibration)
{
    struct scratch tmp;
    brds_model *model;
    brds_plan *plan;
    scratch_make(&tmp);
    save(scratch_path(&tmp, "w"), 0);
    cr_assert_eq(brds_model_open(scratch_path(&tmp, "w"), NULL, &model), 0);
    cr_assert_eq(brds_plan_open(model, "sparse", "q8", 1, 1, 1, NULL, &plan), 64);
    cr_assert(plan == NULL && strstr(brds_error(), "brds calibrate") != NULL);
    brds_model_close(model);
    scratch_remove(&tmp);
}
