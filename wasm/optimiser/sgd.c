// One step of stochastic gradient descent with momentum, as PyTorch defines it with dampening 0. Updates the
// weights and the momentum in place.
#include "kernels.h"

typedef struct {
  float *p;
  const float *g;
  float *m;
  const float *hyper;  // lr, momentum, weight decay, nesterov
  int words;           // a multiple of 4
} SgdArgs;

KERNEL(sgd, SgdArgs) {
  V rate = splat(a->hyper[0]), momentum = splat(a->hyper[1]), decay = splat(a->hyper[2]);
  int nesterov = a->hyper[3] != 0;
  share(divide_up(a->words, 4), lo, hi);
  for (int i = 4 * lo; i < 4 * hi; i += 4) {
    V p = load(a->p + i), g = madd(decay, p, load(a->g + i));
    V m = madd(momentum, load(a->m + i), g);
    store(a->m + i, m);
    store(a->p + i, nmadd(rate, nesterov ? madd(momentum, m, g) : m, p));
  }
}
