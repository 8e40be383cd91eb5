/* example.c - runs a pruned LSTM stack from C. With brds installed:
 *
 *     cc example.c $(pkg-config --cflags --libs brds) -o example
 *     ./example weights.safetensors sparse f32 */
#include <brds.h>
#include <stdio.h>
#include <stdlib.h>

enum { STEPS = 5 };

static int failed(void)
{
    fprintf(stderr, "example: %s\n", brds_error());
    return 1;
}

int main(int argc, char **argv)
{
    brds_model *model;
    brds_plan *plan;
    if (argc != 4) {
        fprintf(stderr, "usage: example WEIGHTS BACKEND PRECISION (brds %s)\n", brds_version());
        return 64;
    }
    if (brds_model_open(argv[1], NULL, &model) != 0 ||
        brds_plan_open(model, argv[2], argv[3], 1, STEPS, 1, NULL, &plan) != 0)
        return failed();

    size_t n_in = (size_t)brds_model_inputs(model), n_out = (size_t)brds_model_outputs(model);
    float *x = malloc(STEPS * n_in * sizeof *x), *y = malloc(STEPS * n_out * sizeof *y);
    float *h = calloc((size_t)brds_model_h_size(model, 1), sizeof *h);
    float *c = calloc((size_t)brds_model_c_size(model, 1), sizeof *c);
    if (x == NULL || y == NULL || h == NULL || c == NULL)
        return 2;
    for (size_t i = 0; i < STEPS * n_in; i++)
        x[i] = (float)(i % 7) / 7;
    if (brds_plan_run(plan, STEPS, 1, x, y, h, c, NULL) != 0)
        return failed();

    for (size_t i = 0; i < n_out; i++)
        printf("%.6g\n", y[(STEPS - 1) * n_out + i]);
    free(x);
    free(y);
    free(h);
    free(c);
    brds_plan_close(plan);
    brds_model_close(model);
    return 0;
}
