// Winograd's F(4x4, 3x3): a 4x4 tile of a 3x3 convolution by 36 products instead of 144 (Lavin and Gray 2016). The
// interpolation points are 0, +-a, +-b and infinity with a = sqrt(1/2), b = sqrt(2), which keep all coefficients near
// one, so that rounding errors are smaller than with the usual 0, +-1, +-2 (Alam et al. 2022, "Winograd convolution
// for deep neural networks: efficient point selection"). Everything works on four tiles or four channels at once.
#pragma once
#include "conv/conv.h"

enum { POINTS = 36, OUTPUT_BLOCK = 32, FREQUENCY_PAD = 16 };

// {1/2, 2, 5/2, a, b, -1/3, -2/3, 1/3, 1/6, -2a/3, b/6}, defined elsewhere so that the compiler loads them: V8 builds a vector constant in four
// instructions, and does so wherever it is used.
extern const float winograd_factors[11];

// B^T d: six values become six, `step` apart.
INLINE void transform_input(const V *d, V *to, int step) {
  V half = load_splat(winograd_factors), two = load_splat(winograd_factors + 1);
  V mid = load_splat(winograd_factors + 2), a = load_splat(winograd_factors + 3), b = load_splat(winograd_factors + 4);
  V even_a = nmadd(two, d[2], d[4]), odd_a = nmadd(two, d[1], d[3]);
  V even_b = nmadd(half, d[2], d[4]), odd_b = nmadd(half, d[1], d[3]);
  to[0] = add(nmadd(mid, d[2], d[0]), d[4]);
  to[step] = madd(a, odd_a, even_a);
  to[2 * step] = nmadd(a, odd_a, even_a);
  to[3 * step] = madd(b, odd_b, even_b);
  to[4 * step] = nmadd(b, odd_b, even_b);
  to[5 * step] = add(nmadd(mid, d[3], d[1]), d[5]);
}

// A^T m: six values become four.
INLINE void transform_output(const V *m, V *to) {
  V sum_a = add(m[1], m[2]), odd_a = sub(m[1], m[2]), sum_b = add(m[3], m[4]), odd_b = sub(m[3], m[4]);
  to[0] = add(m[0], add(sum_a, sum_b));
  V half = load_splat(winograd_factors), two = load_splat(winograd_factors + 1);
  V wide_a = mul(load_splat(winograd_factors + 3), odd_a), wide_b = mul(load_splat(winograd_factors + 4), odd_b);
  to[1] = add(wide_a, wide_b);
  to[2] = madd(two, sum_b, mul(half, sum_a));
  to[3] = madd(two, wide_b, madd(half, wide_a, m[5]));
}

// A y: four values become six, the adjoint of transform_output.
INLINE void transform_gradient(const V *y, V *to, int step) {
  V half = load_splat(winograd_factors), two = load_splat(winograd_factors + 1);
  V a = load_splat(winograd_factors + 3), b = load_splat(winograd_factors + 4);
  V even_a = madd(half, y[2], y[0]), odd_a = madd(half, y[3], y[1]);
  V even_b = madd(two, y[2], y[0]), odd_b = madd(two, y[3], y[1]);
  to[0] = y[0];
  to[step] = madd(a, odd_a, even_a);
  to[2 * step] = nmadd(a, odd_a, even_a);
  to[3 * step] = madd(b, odd_b, even_b);
  to[4 * step] = nmadd(b, odd_b, even_b);
  to[5 * step] = y[3];
}

// G w: three values become six.
INLINE void transform_weights(V w0, V w1, V w2, V *to, int step) {
  const float *c = winograd_factors + 5;
  V even_a = madd(load_splat(c), w2, mul(load_splat(c + 1), w0)), odd_a = mul(load_splat(c + 4), w1);
  V even_b = madd(load_splat(c + 2), w2, mul(load_splat(c + 3), w0)), odd_b = mul(load_splat(c + 5), w1);
  to[0] = w0;
  to[step] = add(even_a, odd_a);
  to[2 * step] = sub(even_a, odd_a);
  to[3 * step] = add(even_b, odd_b);
  to[4 * step] = sub(even_b, odd_b);
  to[5 * step] = w2;
}

// G^T u: six values become three, the adjoint of transform_weights.
INLINE void transform_weight_gradient(const V *u, V *to, int step) {
  const float *c = winograd_factors + 5;
  V sum_a = add(u[1], u[2]), odd_a = sub(u[1], u[2]), sum_b = add(u[3], u[4]), odd_b = sub(u[3], u[4]);
  to[0] = madd(load_splat(c + 3), sum_b, madd(load_splat(c + 1), sum_a, u[0]));
  to[step] = madd(load_splat(c + 5), odd_b, mul(load_splat(c + 4), odd_a));
  to[2 * step] = add(madd(load_splat(c + 2), sum_b, mul(load_splat(c), sum_a)), u[5]);
}

// Four 6x6 patches to 36 vectors of four lanes, `stride` words apart.
INLINE void patches_to_frequencies(const float *const p[4], int pitch, float *to, long stride) {
  V rows[POINTS];
#pragma clang loop unroll(disable)
  for (int y = 0; y < 6; y++) {
    long at = (long)y * pitch;
    V d[6] = {load(p[0] + at), load(p[1] + at), load(p[2] + at), load(p[3] + at)};
    V low = wasm_v128_load64_zero(p[0] + at + 4), high = wasm_v128_load64_zero(p[2] + at + 4);
    low = wasm_v128_load64_lane(p[1] + at + 4, low, 1);
    high = wasm_v128_load64_lane(p[3] + at + 4, high, 1);
    transpose4(d[0], d[1], d[2], d[3]);
    d[4] = wasm_i32x4_shuffle(low, high, 0, 2, 4, 6);
    d[5] = wasm_i32x4_shuffle(low, high, 1, 3, 5, 7);
    transform_input(d, rows + y, 6);
  }
#pragma clang loop unroll(disable)
  for (int x = 0; x < 6; x++) {
    V f[6];
    transform_input(rows + 6 * x, f, 1);
#pragma clang loop unroll(full)
    for (int y = 0; y < 6; y++) store(to + (6 * y + x) * stride, f[y]);
  }
}

// sum[o][t] += sum over k of u[k][o] v[k][t], o < 4, t < 8. Not unrolled: with two steps in the loop V8 runs out of
// registers, and the rate falls from 52 to 30 GFLOP/s. Lanes are spread by shuffles because loads are scarcer.
INLINE void product4x8(const float *u, const float *v, int n, V sum[4][2]) {
  V s00 = sum[0][0], s01 = sum[0][1], s10 = sum[1][0], s11 = sum[1][1];
  V s20 = sum[2][0], s21 = sum[2][1], s30 = sum[3][0], s31 = sum[3][1];
#pragma clang loop unroll(disable)
  for (int k = 0; k < n; k++, u += 4, v += 8) {
    V v0 = load(v), v1 = load(v + 4), all = load(u);
    V w = lane_of(all, 0);
    s00 = madd(w, v0, s00);
    s01 = madd(w, v1, s01);
    w = lane_of(all, 1);
    s10 = madd(w, v0, s10);
    s11 = madd(w, v1, s11);
    w = lane_of(all, 2);
    s20 = madd(w, v0, s20);
    s21 = madd(w, v1, s21);
    w = lane_of(all, 3);
    s30 = madd(w, v0, s30);
    s31 = madd(w, v1, s31);
  }
  sum[0][0] = s00, sum[0][1] = s01, sum[1][0] = s10, sum[1][1] = s11;
  sum[2][0] = s20, sum[2][1] = s21, sum[3][0] = s30, sum[3][1] = s31;
}
