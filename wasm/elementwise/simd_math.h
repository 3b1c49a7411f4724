// Elementary functions on four float32 at once, about one or two units in the last place. The polynomials for
// exp, log, sin, cos and tanh are those of S. Moshier's Cephes library.
#pragma once
#include "plica.h"

#define CONST(x) wasm_f32x4_const_splat(x)
#define select(mask, yes, no) wasm_v128_bitselect(yes, no, mask)

INLINE V horner(V x, const float *c, int n) {
  V y = splat(c[0]);
  for (int i = 1; i < n; i++) y = madd(y, x, splat(c[i]));
  return y;
}

INLINE V exp4(V x) {
  static const float c[] = {1.9875691500e-4f, 1.3981999507e-3f, 8.3334519073e-3f,
                            4.1665795894e-2f, 1.6666665459e-1f, 5.0000001201e-1f};
  V high = wasm_f32x4_gt(x, CONST(88.72284f)), low = wasm_f32x4_lt(x, CONST(-87.33655f));
  V z = wasm_f32x4_pmax(CONST(-88.0f), wasm_f32x4_pmin(CONST(88.72284f), x));
  V n = wasm_f32x4_nearest(mul(z, CONST(1.44269504f)));
  V r = nmadd(n, CONST(-2.12194440e-4f), nmadd(n, CONST(0.693359375f), z));
  V y = add(madd(mul(r, r), horner(r, c, 6), r), CONST(1.0f));
  // 2^n in two factors, because n = 128 has no float32 of its own.
  V k = wasm_i32x4_trunc_sat_f32x4(n), half = wasm_i32x4_shr(k, 1), rest = wasm_i32x4_sub(k, half);
  V bias = wasm_i32x4_const_splat(127);
  y = mul(y, wasm_i32x4_shl(wasm_i32x4_add(half, bias), 23));
  y = mul(y, wasm_i32x4_shl(wasm_i32x4_add(rest, bias), 23));
  y = select(high, CONST(__builtin_inff()), select(low, CONST(0.0f), y));
  return select(wasm_f32x4_ne(x, x), x, y);
}

INLINE V log4(V x) {
  static const float c[] = {7.0376836292e-2f,  -1.1514610310e-1f, 1.1676998740e-1f,
                            -1.2420140846e-1f, 1.4249322787e-1f,  -1.6668057665e-1f,
                            2.0000714765e-1f,  -2.4999993993e-1f, 3.3333331174e-1f};
  V tiny = wasm_f32x4_lt(x, CONST(1.17549435e-38f));
  V z = select(tiny, mul(x, CONST(16777216.0f)), x);
  V bits = wasm_i32x4_sub(z, wasm_i32x4_const_splat(0x3f3504f3));  // sqrt(1/2)
  V e = wasm_f32x4_convert_i32x4(wasm_i32x4_shr(bits, 23));
  V mantissa = wasm_v128_and(bits, wasm_i32x4_const_splat(0x007fffff));
  V m = sub(wasm_i32x4_add(mantissa, wasm_i32x4_const_splat(0x3f3504f3)), CONST(1.0f));
  e = select(tiny, sub(e, CONST(24.0f)), e);
  V m2 = mul(m, m);
  V y = mul(mul(m, m2), horner(m, c, 9));
  y = madd(e, CONST(-2.12194440e-4f), y);
  y = nmadd(CONST(0.5f), m2, y);
  y = madd(e, CONST(0.693359375f), add(m, y));
  y = select(wasm_f32x4_eq(x, CONST(__builtin_inff())), x, y);
  y = select(wasm_f32x4_eq(x, CONST(0.0f)), CONST(-__builtin_inff()), y);
  return select(wasm_f32x4_ge(x, CONST(0.0f)), y, CONST(__builtin_nanf("")));
}

INLINE V sigmoid4(V x) {
  return wasm_f32x4_div(CONST(1.0f), add(CONST(1.0f), exp4(wasm_f32x4_neg(x))));
}

INLINE V tanh4(V x) {
  static const float c[] = {-5.70498872745e-3f, 2.06390887954e-2f, -5.37397155531e-2f, 1.33314422036e-1f,
                            -3.33332819422e-1f};
  V size = wasm_f32x4_abs(x), x2 = mul(x, x);
  V near = madd(mul(x2, horner(x2, c, 5)), x, x);
  V e = exp4(add(size, size));
  V far = sub(CONST(1.0f), wasm_f32x4_div(CONST(2.0f), add(e, CONST(1.0f))));
  far = wasm_v128_or(far, wasm_v128_and(x, wasm_i32x4_const_splat((int)0x80000000)));
  return select(wasm_f32x4_lt(size, CONST(0.625f)), near, far);
}

// Angle less the nearest multiple of pi/2, in float64 so that large angles keep their digits; the multiple in *n.
INLINE V reduce_angle(V x, V *n) {
  V turns = wasm_f32x4_nearest(mul(x, CONST(0.636619772f)));
  V lo = wasm_f64x2_promote_low_f32x4(x), hi = wasm_f64x2_promote_low_f32x4(wasm_i32x4_shuffle(x, x, 2, 3, 2, 3));
  V nlo = wasm_f64x2_promote_low_f32x4(turns);
  V nhi = wasm_f64x2_promote_low_f32x4(wasm_i32x4_shuffle(turns, turns, 2, 3, 2, 3));
  V quarter = wasm_f64x2_const_splat(1.5707963267948966);
  lo = wasm_f32x4_demote_f64x2_zero(wasm_f64x2_sub(lo, wasm_f64x2_mul(nlo, quarter)));
  hi = wasm_f32x4_demote_f64x2_zero(wasm_f64x2_sub(hi, wasm_f64x2_mul(nhi, quarter)));
  *n = wasm_i32x4_trunc_sat_f32x4(turns);
  return wasm_i64x2_shuffle(lo, hi, 0, 2);
}

INLINE void sincos4(V x, V *sine, V *cosine) {
  static const float cs[] = {-1.9515295891e-4f, 8.3321608736e-3f, -1.6666654611e-1f};
  static const float cc[] = {2.443315711809948e-5f, -1.388731625493765e-3f, 4.166664568298827e-2f};
  V n, r = reduce_angle(x, &n), r2 = mul(r, r);
  V s = madd(mul(r2, horner(r2, cs, 3)), r, r);
  V c = madd(mul(r2, r2), horner(r2, cc, 3), nmadd(CONST(0.5f), r2, CONST(1.0f)));
  V one = wasm_i32x4_const_splat(1), two = wasm_i32x4_const_splat(2);
  V odd = wasm_i32x4_eq(wasm_v128_and(n, one), one);
  V sign_s = wasm_i32x4_shl(wasm_v128_and(n, two), 30);
  V sign_c = wasm_i32x4_shl(wasm_v128_and(wasm_i32x4_add(n, one), two), 30);
  *sine = wasm_v128_xor(select(odd, c, s), sign_s);
  *cosine = wasm_v128_xor(select(odd, s, c), sign_c);
}

// log Gamma(a + 1) for a >= 0. Below 8 the recurrence brings a to [0, 2], where the function is a (a - 1) times a
// polynomial; from 8 on Stirling's series is exact to float32.
INLINE V log_gamma1p4(V a) {
  static const float c[] = {1.930839608e-05f, -3.873403330e-05f, 2.025035064e-05f, -5.241988401e-05f,
                            1.957984787e-04f, -4.255709646e-04f, 9.105067584e-04f, -2.102061640e-03f,
                            4.999480210e-03f, -1.238497533e-02f, 3.296494856e-02f, -1.003172696e-01f,
                            4.227843285e-01f};
  enum { terms = sizeof c / sizeof *c };
  V x = wasm_f32x4_pmin(a, CONST(8.0f)), product = CONST(1.0f);
  for (int i = 0; i < 6; i++) {
    V over = wasm_f32x4_gt(x, CONST(2.0f));
    product = select(over, mul(product, x), product);
    x = select(over, sub(x, CONST(1.0f)), x);
  }
  V near = madd(mul(x, sub(x, CONST(1.0f))), horner(sub(x, CONST(1.0f)), c, terms), log4(product));
  V z = add(a, CONST(1.0f)), inverse = wasm_f32x4_div(CONST(1.0f), z), i2 = mul(inverse, inverse);
  V tail = mul(inverse, madd(i2, CONST(-1.0f / 360), CONST(1.0f / 12)));
  V far = madd(add(a, CONST(0.5f)), sub(log4(z), CONST(1.0f)), CONST(0.418938533f));
  far = add(far, tail);
  return select(wasm_f32x4_lt(a, CONST(8.0f)), near, far);
}
