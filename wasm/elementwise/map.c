// Elementwise programs over broadcast inputs.
#include "kernels.h"
#include "elementwise/vm.h"

typedef struct {
  float *out;
  const float *in[MAX_INPUTS];
  int elements, complex_out;
  Space space;
  Program program;
  float constants[MAX_CODE];
} MapArgs;

static void store_complex(float *out, Plane value, int count) {
  int i = 0;
  for (; i + 4 <= count; i += 4) {
    V re = load(value.re + i), im = load(value.im + i);
    store(out + 2 * i, wasm_i32x4_shuffle(re, im, 0, 4, 1, 5));
    store(out + 2 * i + 4, wasm_i32x4_shuffle(re, im, 2, 6, 3, 7));
  }
  for (; i < count; i++) {
    out[2 * i] = value.re[i];
    out[2 * i + 1] = value.im[i];
  }
}

KERNEL(map, MapArgs) {
  Registers registers;
  share(divide_up(a->elements, BLOCK), lo, hi);
  for (int block = lo; block < hi; block++) {
    int start = block * BLOCK, count = min_int(BLOCK, a->elements - start);
    float *into = a->complex_out || count % 4 ? 0 : a->out + start;
    Plane value = evaluate(&a->program, a->constants, &a->space, a->in, start, count, &registers, into);
    if (a->complex_out) {
      store_complex(a->out + 2 * (long)start, value, count);
    } else if (value.re != a->out + start) {
      copy_words(a->out + start, value.re, count);
    }
  }
}
