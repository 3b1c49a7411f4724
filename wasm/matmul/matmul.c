// Products of small matrices: out[M,N] = op(A) op(B).
#include "kernels.h"

typedef struct {
  float *out;
  const float *a, *b;
  int m, n, k;
  int a_row, a_column, b_row, b_column;  // strides of op(A) and op(B)
} MatmulArgs;

// Sixteen neighbouring outputs of one row; B's rows are contiguous.
static void row16(const MatmulArgs *a, const float *left, const float *right, float *out) {
  V s0 = splat(0.0f), s1 = s0, s2 = s0, s3 = s0;
  for (int k = 0; k < a->k; k++) {
    V v = splat(left[k * a->a_column]);
    const float *r = right + (long)k * a->b_row;
    s0 = madd(v, load(r), s0);
    s1 = madd(v, load(r + 4), s1);
    s2 = madd(v, load(r + 8), s2);
    s3 = madd(v, load(r + 12), s3);
  }
  store(out, s0);
  store(out + 4, s1);
  store(out + 8, s2);
  store(out + 12, s3);
}

static float dot(const float *x, int dx, const float *y, int dy, int n) {
  V sum = splat(0.0f);
  int k = 0;
  if (dx == 1 && dy == 1) {
    for (; k + 4 <= n; k += 4) sum = madd(load(x + k), load(y + k), sum);
  }
  float total = sum_lanes(sum);
  for (; k < n; k++) total += x[k * dx] * y[k * dy];
  return total;
}

KERNEL(matmul, MatmulArgs) {
  share(a->m, lo, hi);
  for (int i = lo; i < hi; i++) {
    const float *left = a->a + (long)i * a->a_row;
    float *out = a->out + (long)i * a->n;
    int j = 0;
    if (a->b_column == 1) {
      for (; j + 16 <= a->n; j += 16) row16(a, left, a->b + j, out + j);
    }
    for (; j < a->n; j++) out[j] = dot(left, a->a_column, a->b + (long)j * a->b_column, a->b_row, a->k);
  }
}
