#include "base/rng.h"

#include <pcg_random.hpp>

#include <cstring>
#include <type_traits>

static_assert(sizeof(pcg32) == sizeof(struct rng), "a PCG32 state is two 64-bit words");
static_assert(std::is_trivially_copyable<pcg32>::value, "a PCG32 state is plain bytes");

namespace
{

/* The generator lives in the caller's bytes only; a local copy is advanced and stored back. No
 * function here can throw: pcg32 neither allocates nor checks. */
class borrowed
{
  public:
    explicit borrowed(struct rng *r) : home(r)
    {
        std::memcpy(static_cast<void *>(&gen), r, sizeof gen);
    }
    ~borrowed()
    {
        std::memcpy(static_cast<void *>(home), &gen, sizeof gen);
    }
    borrowed(const borrowed &) = delete;
    borrowed &operator=(const borrowed &) = delete;
    pcg32 gen;

  private:
    struct rng *home;
};

} // namespace

void rng_seed(struct rng *r, uint64_t seed, uint64_t stream)
{
    pcg32 gen(seed, stream);
    std::memcpy(static_cast<void *>(r), &gen, sizeof gen);
}

void rng_u32(struct rng *r, uint32_t *out, size_t n)
{
    borrowed b(r);
    for (size_t i = 0; i < n; i++)
        out[i] = b.gen();
}

uint32_t rng_below(struct rng *r, uint32_t bound)
{
    borrowed b(r);
    return b.gen(bound);
}

void rng_uniform(struct rng *r, float *out, size_t n, float lo, float hi)
{
    borrowed b(r);
    const float scale = (hi - lo) * 0x1p-24f;
    for (size_t i = 0; i < n; i++)
        out[i] = lo + scale * static_cast<float>(b.gen() >> 8);
}

void rng_dropout(struct rng *r, float *out, size_t n, float keep)
{
    borrowed b(r);
    const double limit = static_cast<double>(keep) * 0x1p32;
    const float scale = 1.0f / keep;
    for (size_t i = 0; i < n; i++)
        out[i] = static_cast<double>(b.gen()) < limit ? scale : 0.0f;
}

void rng_permute(struct rng *r, uint32_t *out, size_t n)
{
    borrowed b(r);
    for (size_t i = 0; i < n; i++)
        out[i] = static_cast<uint32_t>(i);
    for (size_t i = n; i > 1; i--) {
        uint32_t j = b.gen(static_cast<uint32_t>(i));
        uint32_t t = out[i - 1];
        out[i - 1] = out[j];
        out[j] = t;
    }
}
