// fft2: lines of N complex numbers (N = 8 to 512, a power of two) by Stockham's method, radix 8 with one last step
// of radix 2 or 4. An invocation holds the elements t + i N/8 of its line in registers; lines meet in workgroup
// memory between the steps only, first the real parts, then the imaginary ones, so that 2048 elements fit in 9 KiB.
// `rows` goes from binding 1 to binding 0, `columns` is in place. Orthonormal. Needs elementary.wgsl.

override N: u32 = 64;
override LINES: u32 = 32; // lines of a workgroup, 2048 / N
override INVERSE: u32 = 0;
override SHIFT_IN: u32 = 0; // the zero frequency of the input is at N/2
override SHIFT_OUT: u32 = 0; // put the zero frequency of the output at N/2
override STEP: u32 = N / 8; // invocations of a line
override SCALE: f32 = 1.0; // 1 / sqrt(N)
override SHARED: u32 = 2304; // values in workgroup memory

struct Params {
  lines: u32,
  inner: u32, // lines whose first elements are neighbours: 1 for rows, the row length for columns
  outer_stride: u32, // elements from one such run of lines to the next
  stride: u32, // elements from one element of a line to the next
  width: u32, // workgroups in a row of the grid
}

alias Values = array<vec2f, 8>;

@group(0) @binding(0) var<storage, read_write> output: array<vec2f>;
@group(0) @binding(1) var<storage, read_write> input: array<vec2f>;
@group(1) @binding(0) var<uniform> params: Params;

// One extra element for every eight keeps neighbouring invocations in different memory banks.
var<workgroup> shared_part: array<f32, SHARED>;

fn times(a: vec2f, b: vec2f) -> vec2f {
  return vec2f(a.x * b.x - a.y * b.y, a.x * b.y + a.y * b.x);
}

fn times_minus_i(a: vec2f) -> vec2f {
  return vec2f(a.y, -a.x);
}

// exp(-2 pi i k / n)
fn twiddle(k: u32, n: u32) -> vec2f {
  let w = root_of_unity(k, n);
  return vec2f(w.x, -w.y);
}

fn dft4(a: vec2f, b: vec2f, c: vec2f, d: vec2f) -> array<vec2f, 4> {
  let sum = a + c;
  let difference = a - c;
  let sum_odd = b + d;
  let difference_odd = times_minus_i(b - d);
  return array<vec2f, 4>(sum + sum_odd, difference + difference_odd, sum - sum_odd, difference - difference_odd);
}

fn dft8(v: Values) -> Values {
  let e = dft4(v[0], v[2], v[4], v[6]);
  let o = dft4(v[1], v[3], v[5], v[7]);
  const ROOT_HALF = 0.7071067811865476;
  let o1 = ROOT_HALF * vec2f(o[1].x + o[1].y, o[1].y - o[1].x);
  let o2 = times_minus_i(o[2]);
  let o3 = ROOT_HALF * vec2f(o[3].y - o[3].x, -o[3].x - o[3].y);
  return Values(e[0] + o[0], e[1] + o1, e[2] + o2, e[3] + o3, e[0] - o[0], e[1] - o1, e[2] - o2, e[3] - o3);
}

// Radix-8 step after steps whose lengths multiply to `done`.
fn step8(v: Values, t: u32, done: u32) -> Values {
  let k = t % done;
  let n = done * 8u;
  let w1 = twiddle(k, n);
  let w2 = twiddle(2u * k, n);
  let w4 = twiddle(4u * k, n);
  let w3 = times(w1, w2);
  return dft8(Values(
    v[0],
    times(v[1], w1),
    times(v[2], w2),
    times(v[3], w3),
    times(v[4], w4),
    times(v[5], times(w1, w4)),
    times(v[6], times(w2, w4)),
    times(v[7], times(w3, w4)),
  ));
}

// Last step of radix 4: two butterflies of the elements of equal parity.
fn step4(v: Values, t: u32) -> Values {
  let a1 = twiddle(t, N);
  let a2 = twiddle(2u * t, N);
  let b1 = twiddle(t + STEP, N);
  let b2 = twiddle(2u * (t + STEP), N);
  let a = dft4(v[0], times(v[2], a1), times(v[4], a2), times(v[6], times(a1, a2)));
  let b = dft4(v[1], times(v[3], b1), times(v[5], b2), times(v[7], times(b1, b2)));
  return Values(a[0], b[0], a[1], b[1], a[2], b[2], a[3], b[3]);
}

// Last step of radix 2: four butterflies.
fn step2(v: Values, t: u32) -> Values {
  let o0 = times(v[4], twiddle(t, N));
  let o1 = times(v[5], twiddle(t + STEP, N));
  let o2 = times(v[6], twiddle(t + 2u * STEP, N));
  let o3 = times(v[7], twiddle(t + 3u * STEP, N));
  return Values(v[0] + o0, v[1] + o1, v[2] + o2, v[3] + o3, v[0] - o0, v[1] - o1, v[2] - o2, v[3] - o3);
}

struct Place {
  line: u32, // in the workgroup
  t: u32, // in the line
  pitch: u32, // distance of neighbouring elements in workgroup memory
  base: u32, // of the line there
}

fn slot_of(place: Place, element: u32) -> u32 {
  return place.base + (element + element / 8u) * place.pitch;
}

// Hands the results of a radix-8 step after `done` to the invocations that read them next.
fn exchange(v: Values, place: Place, done: u32) -> Values {
  let from_element = (place.t / done) * done * 8u + place.t % done;
  var next: Values;
  workgroupBarrier();
  for (var i = 0u; i < 8u; i++) {
    shared_part[slot_of(place, from_element + i * done)] = v[i].x;
  }
  workgroupBarrier();
  for (var i = 0u; i < 8u; i++) {
    next[i].x = shared_part[slot_of(place, place.t + i * STEP)];
  }
  workgroupBarrier();
  for (var i = 0u; i < 8u; i++) {
    shared_part[slot_of(place, from_element + i * done)] = v[i].y;
  }
  workgroupBarrier();
  for (var i = 0u; i < 8u; i++) {
    next[i].y = shared_part[slot_of(place, place.t + i * STEP)];
  }
  return next;
}

// The whole transform of a line; the caller loads and stores the elements t + i N/8.
fn transform(loaded: Values, place: Place) -> Values {
  var v = dft8(loaded);
  if (N >= 64u) {
    v = step8(exchange(v, place, 1u), place.t, 8u);
  }
  if (N >= 512u) {
    v = step8(exchange(v, place, 8u), place.t, 64u);
  }
  if (N == 16u) {
    v = step2(exchange(v, place, 1u), place.t);
  }
  if (N == 32u) {
    v = step4(exchange(v, place, 1u), place.t);
  }
  if (N == 128u) {
    v = step2(exchange(v, place, 8u), place.t);
  }
  if (N == 256u) {
    v = step4(exchange(v, place, 8u), place.t);
  }
  return v;
}

// The inverse transform is the forward one with real and imaginary parts exchanged before and after.
fn turned(v: vec2f) -> vec2f {
  return select(v, v.yx, INVERSE == 1u);
}

fn element_in(t: u32, i: u32) -> u32 {
  return t + (i ^ (4u * SHIFT_IN)) * STEP;
}

fn element_out(t: u32, i: u32) -> u32 {
  return t + (i ^ (4u * SHIFT_OUT)) * STEP;
}

fn start_of(line: u32) -> u32 {
  return (line / params.inner) * params.outer_stride + line % params.inner;
}

@compute @workgroup_size(256)
fn rows(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let place = Place(lane / STEP, lane % STEP, 1u, (lane / STEP) * (N + STEP));
  let line = (group.y * params.width + group.x) * LINES + place.line;
  let start = start_of(line);
  let inside = line < params.lines;
  var v: Values;
  if (inside) {
    for (var i = 0u; i < 8u; i++) {
      v[i] = turned(input[start + element_in(place.t, i) * params.stride]);
    }
  }
  v = transform(v, place);
  if (inside) {
    for (var i = 0u; i < 8u; i++) {
      output[start + element_out(place.t, i) * params.stride] = SCALE * turned(v[i]);
    }
  }
}

@compute @workgroup_size(256)
fn columns(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let place = Place(lane % LINES, lane / LINES, LINES, lane % LINES);
  let line = (group.y * params.width + group.x) * LINES + place.line;
  let start = start_of(line);
  let inside = line < params.lines;
  var v: Values;
  if (inside) {
    for (var i = 0u; i < 8u; i++) {
      v[i] = turned(output[start + element_in(place.t, i) * params.stride]);
    }
  }
  v = transform(v, place);
  if (inside) {
    for (var i = 0u; i < 8u; i++) {
      output[start + element_out(place.t, i) * params.stride] = SCALE * turned(v[i]);
    }
  }
}
