// The small programs of the map op: their meaning is in src/engine/ops/elementwise/map_program.ts. Every operand is
// an override constant, so that the driver folds the switch and keeps the registers in registers. A register is a
// vec2f; real values use x and keep y = 0. Registers 0..5 are inputs, 6.. the instructions' results.
// Needs elementary.wgsl and one of map_inputs*.wgsl.

override INPUTS: u32 = 1; // registers that are loaded
override COUNT: u32 = 0; // instructions
override RESULT: u32 = 0; // register of the result
override COMPLEX_INPUTS: u32 = 0; // bit k: input k is complex
override COMPLEX_OUTPUT: u32 = 0;
// Binding that input k is read from: inputs that are the same memory share one.
override SLOT0: u32 = 0; override SLOT1: u32 = 0; override SLOT2: u32 = 0;
override SLOT3: u32 = 0; override SLOT4: u32 = 0; override SLOT5: u32 = 0;
override OP0: u32 = 0; override A0: u32 = 0; override B0: u32 = 0; override C0: f32 = 0;
override OP1: u32 = 0; override A1: u32 = 0; override B1: u32 = 0; override C1: f32 = 0;
override OP2: u32 = 0; override A2: u32 = 0; override B2: u32 = 0; override C2: f32 = 0;
override OP3: u32 = 0; override A3: u32 = 0; override B3: u32 = 0; override C3: f32 = 0;
override OP4: u32 = 0; override A4: u32 = 0; override B4: u32 = 0; override C4: f32 = 0;
override OP5: u32 = 0; override A5: u32 = 0; override B5: u32 = 0; override C5: f32 = 0;
override OP6: u32 = 0; override A6: u32 = 0; override B6: u32 = 0; override C6: f32 = 0;
override OP7: u32 = 0; override A7: u32 = 0; override B7: u32 = 0; override C7: f32 = 0;
override OP8: u32 = 0; override A8: u32 = 0; override B8: u32 = 0; override C8: f32 = 0;
override OP9: u32 = 0; override A9: u32 = 0; override B9: u32 = 0; override C9: f32 = 0;
override OP10: u32 = 0; override A10: u32 = 0; override B10: u32 = 0; override C10: f32 = 0;
override OP11: u32 = 0; override A11: u32 = 0; override B11: u32 = 0; override C11: f32 = 0;
override OP12: u32 = 0; override A12: u32 = 0; override B12: u32 = 0; override C12: f32 = 0;
override OP13: u32 = 0; override A13: u32 = 0; override B13: u32 = 0; override C13: f32 = 0;
override OP14: u32 = 0; override A14: u32 = 0; override B14: u32 = 0; override C14: f32 = 0;
override OP15: u32 = 0; override A15: u32 = 0; override B15: u32 = 0; override C15: f32 = 0;

// Element offsets of the six inputs.
struct Offsets {
  first: vec3u,
  second: vec3u,
}

fn real(x: f32) -> vec2f {
  return vec2f(x, 0.0);
}

// log Gamma(a + 1), a >= 0, as in wasm/elementwise/simd_math.h: below 8 the recurrence brings a to [0, 2], where the
// function is a (a - 1) times a polynomial; from 8 on it is Stirling's series. Stirling's series for all, after moving
// small arguments up, loses 4e-6 to the difference of two logarithms near 10.
fn log_gamma_1p(a: f32) -> f32 {
  if (a >= 8.0) {
    let z = a + 1.0;
    let inverse = 1.0 / z;
    let tail = inverse * fma(inverse * inverse, -1.0 / 360.0, 1.0 / 12.0);
    return fma(a + 0.5, log(z) - 1.0, 0.418938533) + tail;
  }
  var x = a;
  var product = 1.0;
  while (x > 2.0) {
    product *= x;
    x -= 1.0;
  }
  let t = x - 1.0;
  var p = 1.930839608e-5;
  p = fma(p, t, -3.873403330e-5);
  p = fma(p, t, 2.025035064e-5);
  p = fma(p, t, -5.241988401e-5);
  p = fma(p, t, 1.957984787e-4);
  p = fma(p, t, -4.255709646e-4);
  p = fma(p, t, 9.105067584e-4);
  p = fma(p, t, -2.102061640e-3);
  p = fma(p, t, 4.999480210e-3);
  p = fma(p, t, -1.238497533e-2);
  p = fma(p, t, 3.296494856e-2);
  p = fma(p, t, -1.003172696e-1);
  p = fma(p, t, 4.227843285e-1);
  return fma(x * t, p, log(product));
}

fn unit(a: vec2f) -> vec2f {
  let largest = max(abs(a.x), abs(a.y));
  if (largest == 0.0) {
    return vec2f(1.0, 0.0);
  }
  let scaled = a / largest;
  return scaled / sqrt(dot(scaled, scaled));
}

// One instruction, in the numbering of MAP_OPCODES.
fn apply(op: u32, a: vec2f, b: vec2f, c: f32) -> vec2f {
  switch op {
    case 0u: { return real(c); }
    case 1u: { return a + b; }
    case 2u: { return a - b; }
    case 3u: { return vec2f(a.x * b.x - a.y * b.y, a.x * b.y + a.y * b.x); }
    case 4u: { return a / b.x; }
    case 5u: { return c * a; }
    case 6u: { return vec2f(a.x + c, a.y); }
    case 7u: { return -a; }
    case 8u: { return real(exp(a.x)); }
    case 9u: { return real(log(a.x)); }
    case 10u: { return real(sqrt(a.x)); }
    case 11u: { return real(a.x * a.x); }
    case 12u: { return real(abs(a.x)); }
    case 13u: { return real(tanh_accurate(a.x)); }
    case 14u: { return real(sigmoid(a.x)); }
    case 15u: { return real(max(a.x, 0.0)); }
    case 16u: { return real(a.x * sigmoid(a.x)); }
    case 17u: { return real(cis(a.x).y); }
    case 18u: { return real(cis(a.x).x); }
    case 19u: { return real(sign(a.x)); }
    case 20u: { return real(max(a.x, b.x)); }
    case 21u: { return real(min(a.x, b.x)); }
    case 22u: { return real(select(0.0, 1.0, a.x > b.x)); }
    case 23u: { return real(log_gamma_1p(a.x)); }
    case 24u: { return vec2f(a.x, -a.y); }
    case 25u: { return real(a.x); }
    case 26u: { return real(a.y); }
    case 27u: { return vec2f(a.x, b.x); }
    case 28u: { return cis(a.x); }
    case 29u: { return real(dot(a, a)); }
    default: { return unit(a); }
  }
}

fn fetch(input: u32, slot: u32, at: u32) -> vec2f {
  if (input >= INPUTS) {
    return vec2f(0.0);
  }
  if (((COMPLEX_INPUTS >> input) & 1u) == 1u) {
    return vec2f(load(slot, 2u * at), load(slot, 2u * at + 1u));
  }
  return real(load(slot, at));
}

// The program's value where the inputs lie at the given offsets.
fn evaluate(at: Offsets) -> vec2f {
  var r: array<vec2f, 22>;
  r[0] = fetch(0u, SLOT0, at.first.x);
  r[1] = fetch(1u, SLOT1, at.first.y);
  r[2] = fetch(2u, SLOT2, at.first.z);
  r[3] = fetch(3u, SLOT3, at.second.x);
  r[4] = fetch(4u, SLOT4, at.second.y);
  r[5] = fetch(5u, SLOT5, at.second.z);
  if (COUNT > 0u) { r[6] = apply(OP0, r[A0], r[B0], C0); }
  if (COUNT > 1u) { r[7] = apply(OP1, r[A1], r[B1], C1); }
  if (COUNT > 2u) { r[8] = apply(OP2, r[A2], r[B2], C2); }
  if (COUNT > 3u) { r[9] = apply(OP3, r[A3], r[B3], C3); }
  if (COUNT > 4u) { r[10] = apply(OP4, r[A4], r[B4], C4); }
  if (COUNT > 5u) { r[11] = apply(OP5, r[A5], r[B5], C5); }
  if (COUNT > 6u) { r[12] = apply(OP6, r[A6], r[B6], C6); }
  if (COUNT > 7u) { r[13] = apply(OP7, r[A7], r[B7], C7); }
  if (COUNT > 8u) { r[14] = apply(OP8, r[A8], r[B8], C8); }
  if (COUNT > 9u) { r[15] = apply(OP9, r[A9], r[B9], C9); }
  if (COUNT > 10u) { r[16] = apply(OP10, r[A10], r[B10], C10); }
  if (COUNT > 11u) { r[17] = apply(OP11, r[A11], r[B11], C11); }
  if (COUNT > 12u) { r[18] = apply(OP12, r[A12], r[B12], C12); }
  if (COUNT > 13u) { r[19] = apply(OP13, r[A13], r[B13], C13); }
  if (COUNT > 14u) { r[20] = apply(OP14, r[A14], r[B14], C14); }
  if (COUNT > 15u) { r[21] = apply(OP15, r[A15], r[B15], C15); }
  return r[RESULT];
}
