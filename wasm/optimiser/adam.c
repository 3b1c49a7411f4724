// One step of Adam or AdamW over all weights, as PyTorch defines it (Kingma and Ba 2015; Loshchilov and Hutter
// 2019). Updates the weights and both moments in place.
#include "kernels.h"

typedef struct {
  float *p;
  const float *g;
  float *m, *v;
  const float *hyper;  // lr, beta1, beta2, eps, weight decay, decoupled, 1 - beta1^t, 1 - beta2^t
  int words;           // a multiple of 4
} AdamArgs;

KERNEL(adam, AdamArgs) {
  const float *h = a->hyper;
  float decay = h[4], decoupled = h[5];
  V beta1 = splat(h[1]), beta2 = splat(h[2]), eps = splat(h[3]);
  V rest1 = splat((float)(1.0 - (double)h[1])), rest2 = splat((float)(1.0 - (double)h[2]));
  V rate = splat(h[0] / h[6]), root = splat(1.0f / __builtin_sqrtf(h[7]));
  V shrink = splat(decoupled ? 1.0f - h[0] * decay : 1.0f), pull = splat(decoupled ? 0.0f : decay);
  share(divide_up(a->words, 4), lo, hi);
  for (int i = 4 * lo; i < 4 * hi; i += 4) {
    V p = mul(load(a->p + i), shrink), g = madd(pull, p, load(a->g + i));
    V m = madd(beta1, load(a->m + i), mul(rest1, g));
    V v = madd(beta2, load(a->v + i), mul(mul(rest2, g), g));
    V step = wasm_f32x4_div(m, madd(wasm_f32x4_sqrt(v), root, eps));
    store(a->m + i, m);
    store(a->v + i, v);
    store(a->p + i, nmadd(rate, step, p));
  }
}
