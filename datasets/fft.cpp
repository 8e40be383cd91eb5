// The one file that knows kissfft. Its C library is built for float in Debian; the class template
// of the same package takes double. No exception leaves this file.
extern "C" {
#include "datasets/fft.h"
}

#include <complex>
#include <kissfft.hh>
#include <new>
#include <vector>

struct fft {
    explicit fft(std::size_t n) : n(n), half(n / 2, false), spectrum(n / 2)
    {
    }
    std::size_t n;
    kissfft<double> half; // of n/2 complex points, as transform_real wants it
    std::vector<std::complex<double>> spectrum;
};

extern "C" enum status fft_new(int n, struct fft **out)
{
    *out = nullptr;
    try {
        *out = new fft(static_cast<std::size_t>(n));
    } catch (...) {
        return fail(E_NOMEM, "no memory for a Fourier transform of %d points", n);
    }
    return OK;
}

extern "C" void fft_release(struct fft *f)
{
    delete f;
}

// transform_real packs the real values at 0 and n/2 into its first complex number.
extern "C" enum status fft_power(struct fft *f, const double *x, double *power)
{
    const std::size_t half = f->n / 2;
    try {
        f->half.transform_real(x, f->spectrum.data());
    } catch (...) {
        return fail(E_NOMEM, "no memory for a Fourier transform of %zu points", f->n);
    }
    power[0] = f->spectrum[0].real() * f->spectrum[0].real();
    power[half] = f->spectrum[0].imag() * f->spectrum[0].imag();
    for (std::size_t k = 1; k < half; k++)
        power[k] = std::norm(f->spectrum[k]);
    return OK;
}
