/* fft.h - the discrete Fourier transform of real signals in double, through kissfft. */
#ifndef DATASETS_FFT_H
#define DATASETS_FFT_H

#include "base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

struct fft;

/* A plan for n real inputs, n even and at least 2. E_NOMEM. Release with fft_release. */
enum status fft_new(int n, struct fft **out);
void fft_release(struct fft *f);

/* |X_k|^2 for k = 0 .. n/2 of x [n]; power [n/2+1]. E_NOMEM. */
enum status fft_power(struct fft *f, const double *x, double *power);

#ifdef __cplusplus
}
#endif

#endif
