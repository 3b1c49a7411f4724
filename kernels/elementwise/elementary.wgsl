// Elementary functions to about 1e-7. WGSL's own sine and cosine promise an absolute error of 2^-11 only, and nothing outside
// [-pi, pi]. Polynomials after Moshier's Cephes (sinf, cosf), valid on [-pi/4, pi/4].

fn sine_near_zero(x: f32) -> f32 {
  let z = x * x;
  return fma(fma(fma(-1.9515295891e-4, z, 8.3321608736e-3), z, -1.6666654611e-1) * z, x, x);
}

fn cosine_near_zero(x: f32) -> f32 {
  let z = x * x;
  return fma(fma(fma(2.443315711809948e-5, z, -1.388731625493765e-3), z, 4.166664568298827e-2) * z, z, fma(-0.5, z, 1.0));
}

// (cos, sin) of quarter * pi/2 + x, where abs(x) <= pi/4.
fn cis_of_quarter(quarter: i32, x: f32) -> vec2f {
  let c = cosine_near_zero(x);
  let s = sine_near_zero(x);
  switch quarter & 3 {
    case 0: { return vec2f(c, s); }
    case 1: { return vec2f(-s, c); }
    case 2: { return vec2f(-c, -s); }
    default: { return vec2f(s, -c); }
  }
}

// exp(i x). pi/2 in three parts (Cody and Waite) keeps the reduced argument exact for abs(x) up to about 1e4.
fn cis(x: f32) -> vec2f {
  let n = round(x * 0.6366197723675814);
  let y = fma(-n, 4.837512969970703125e-4, fma(-n, 1.5703125, x));
  return cis_of_quarter(i32(n), fma(-n, 7.54978995489188e-8, y));
}

// exp(2 pi i k / n) for integers 0 <= k < n, n a multiple of 4: the argument is exact before it is scaled.
fn root_of_unity(k: u32, n: u32) -> vec2f {
  let quarter = (4u * k + n / 2u) / n;
  let rest = f32(i32(4u * k) - i32(quarter * n));
  return cis_of_quarter(i32(quarter), rest * (1.5707963267948966 / f32(n)));
}

// WGSL's tanh may overflow for large arguments and promises 1e-5 only.
fn tanh_accurate(x: f32) -> f32 {
  let a = min(abs(x), 10.0);
  let z = a * a;
  let small = fma(
    fma(fma(fma(fma(-5.70498872745e-3, z, 2.06390887954e-2), z, -5.37397155531e-2), z, 1.33314422036e-1), z, -3.33332819422e-1) * z,
    a,
    a,
  );
  let large = 1.0 - 2.0 / (exp(2.0 * a) + 1.0);
  return select(1.0, -1.0, x < 0.0) * select(large, small, a < 0.625);
}

fn sigmoid(x: f32) -> f32 {
  return 1.0 / (1.0 + exp(-clamp(x, -80.0, 80.0)));
}
