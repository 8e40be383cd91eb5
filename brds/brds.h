/* brds.h - the installed interface of libbrds: run pruned LSTMs from C.
 *
 *     brds_model *model;
 *     brds_plan *plan;
 *     if (brds_model_open("w.safetensors", NULL, &model) != 0 ||
 *         brds_plan_open(model, "sparse", "f32", 1, 1, 1, NULL, &plan) != 0)
 *         die(brds_error());
 *     while (more())
 *         brds_plan_run(plan, 1, 1, x, y, h, c, NULL);
 *
 * Functions that return int give 0, or the exit code that the command would give (64 usage, 65 bad
 * data, 69 not in this build, 77 not supported, 2 anything else); brds_error then tells the reason.
 * Models and plans may be used from any thread, one call at a time each. */
#ifndef BRDS_H
#define BRDS_H

#ifdef __cplusplus
extern "C" {
#endif

#define BRDS_API __attribute__((visibility("default")))

/* "0.1.0". */
BRDS_API const char *brds_version(void);

/* One line about the last failure on this thread. */
BRDS_API const char *brds_error(void);

/* The backends of this build, NULL past the end. */
BRDS_API const char *brds_backend_name(int index);

/* A stack of LSTM layers with PyTorch's state-dict names in a safetensors file. `prefix` chooses
 * among several stacks; NULL takes the only one. */
typedef struct brds_model brds_model;
BRDS_API int brds_model_open(const char *path, const char *prefix, brds_model **out);
BRDS_API void brds_model_close(brds_model *model);

/* Sizes: layers; width of x; width of y; floats of h and of c for a batch. */
BRDS_API int brds_model_layers(const brds_model *model);
BRDS_API int brds_model_inputs(const brds_model *model);
BRDS_API int brds_model_outputs(const brds_model *model);
BRDS_API long brds_model_h_size(const brds_model *model, int batch);
BRDS_API long brds_model_c_size(const brds_model *model, int batch);

/* A model prepared for a backend ("ref", "dense", "sparse", ...) and a precision ("f32", ...). The
 * integer precisions take the calibration in the file (`brds calibrate`); without one they are
 * refused as usage. The model must outlive the plan. `device` is an accelerator's URI, NULL for CPU
 * backends. */
typedef struct brds_plan brds_plan;
BRDS_API int brds_plan_open(const brds_model *model, const char *backend, const char *precision,
                            int max_batch, int max_steps, int threads, const char *device,
                            brds_plan **out);
BRDS_API void brds_plan_close(brds_plan *plan);

/* Runs `steps` steps of `batch` samples: x [steps][batch][inputs], y [steps][batch][outputs] or
 * NULL, h and c read and updated (per layer in turn [batch][width]; zero them before the first
 * call), len [batch] the true lengths or NULL. Never allocates. */
BRDS_API int brds_plan_run(brds_plan *plan, int steps, int batch, const float *x, float *y,
                           float *h, float *c, const int *len);

#ifdef __cplusplus
}
#endif

#endif
