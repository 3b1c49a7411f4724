// Sets words to one value.
#include "kernels.h"

typedef struct {
  float *out;
  int words;
  float value;
} FillArgs;

KERNEL(fill, FillArgs) {
  share(divide_up(a->words, 1024), lo, hi);
  int end = min_int(hi * 1024, a->words);
  for (int i = lo * 1024; i < end; i++) a->out[i] = a->value;
}
