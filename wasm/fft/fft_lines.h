// The transform of four lines at once, for lengths that are a power of two: Stockham's algorithm by steps of four and
// at most one of two (Van Loan 1992, section 1.7). Element k of the lines is the vectors 2 k and 2 k + 1, real and
// imaginary parts, so nothing is shuffled inside the transform, and the inverse is the transform with both exchanged.
#pragma once
#include "plica.h"

// Words of the table of factors.
INLINE int line_factor_words(int length) {
  int words = 0;
  for (int n = length; n >= 4; n /= 4) words += 6 * (n / 4);
  return words;
}

// exp(-2 pi i p k / n) for k = 1, 2, 3 and p < n / 4, of every step.
void make_line_factors(float *to, int length);

// One butterfly: from elements far apart to elements close together, with the three factors.
#define BUTTERFLY4(p0, p1, p2, p3, t0, t1, t2, t3, TURN)                                             \
  do {                                                                                               \
    V a_ = (p0)[0], b_ = (p1)[0], c_ = (p2)[0], d_ = (p3)[0];                                        \
    V sum_r = add(a_, c_), dif_r = sub(a_, c_), bd_r = add(b_, d_), jr = sub(b_, d_);                \
    a_ = (p0)[1], b_ = (p1)[1], c_ = (p2)[1], d_ = (p3)[1];                                          \
    V sum_i = add(a_, c_), dif_i = sub(a_, c_), bd_i = add(b_, d_), ji = sub(b_, d_);                \
    (t0)[0] = add(sum_r, bd_r);                                                                      \
    (t0)[1] = add(sum_i, bd_i);                                                                      \
    TURN(t2, sub(sum_r, bd_r), sub(sum_i, bd_i), 2);                                                 \
    TURN(t1, add(dif_r, ji), sub(dif_i, jr), 0);                                                     \
    TURN(t3, sub(dif_r, ji), add(dif_i, jr), 4);                                                     \
  } while (0)

#define BY_FACTOR(to, r, i, k)                                                                       \
  do {                                                                                               \
    V r_ = r, i_ = i, fr_ = load_splat(w + k), fi_ = load_splat(w + k + 1);                          \
    (to)[0] = nmadd(i_, fi_, mul(r_, fr_));                                                          \
    (to)[1] = madd(i_, fr_, mul(r_, fi_));                                                           \
  } while (0)
#define BY_ONE(to, r, i, k)                                                                          \
  do {                                                                                               \
    (to)[0] = r;                                                                                     \
    (to)[1] = i;                                                                                     \
  } while (0)

INLINE void first4(const V *x, V *y, const float *w, int quarter) {
  const V *x1 = x + 2 * quarter, *x2 = x1 + 2 * quarter, *x3 = x2 + 2 * quarter;
#pragma clang loop unroll(disable)
  for (int p = 0; p < quarter; p++, w += 6, x += 2, x1 += 2, x2 += 2, x3 += 2, y += 8) {
    BUTTERFLY4(x, x1, x2, x3, y, y + 2, y + 4, y + 6, BY_FACTOR);
  }
}

INLINE void step4(const V *x, V *y, const float *w, int quarter, int stride) {
  long far = 2 * (long)quarter * stride, near = 2 * stride;
#pragma clang loop unroll(disable)
  for (int p = 0; p < quarter; p++, w += 6, y += 3 * near) {
    const V *end = x + near;
#pragma clang loop unroll(disable)
    for (; x != end; x += 2, y += 2) {
      BUTTERFLY4(x, x + far, x + 2 * far, x + 3 * far, y, y + near, y + 2 * near, y + 3 * near, BY_FACTOR);
    }
  }
}

// The last step, whose factors are one.
INLINE void last4(const V *x, V *y, int stride) {
  const V *end = x + 2 * stride;
  long near = 2 * stride;
#pragma clang loop unroll(disable)
  for (; x != end; x += 2, y += 2) {
    BUTTERFLY4(x, x + near, x + 2 * near, x + 3 * near, y, y + near, y + 2 * near, y + 3 * near, BY_ONE);
  }
}

INLINE void last2(const V *x, V *y, int stride) {
  long near = 2 * stride;
#pragma clang loop unroll(disable)
  for (long q = 0; q < near; q++) {
    V a = x[q], b = x[q + near];
    y[q] = add(a, b);
    y[q + near] = sub(a, b);
  }
}

// Transforms `x`, of a length of at least 8; the result is in `x` or `work`, whichever is returned.
static V *transform_lines(V *x, V *work, int length, const float *factors) {
  first4(x, work, factors, length / 4);
  V *from = work, *to = x;
  int n = length / 4, stride = 4;
  factors += 6 * n;
  for (; n > 4; n /= 4, stride *= 4) {
    step4(from, to, factors, n / 4, stride);
    factors += 6 * (n / 4);
    V *done = to;
    to = from, from = done;
  }
  if (n == 4) last4(from, to, stride);
  else last2(from, to, stride);
  return to;
}
