// conv2d 3x3 without workgroup memory, for adapters that emulate it: on llvmpipe barriers cost more than the reads
// that they save. An invocation keeps 8 pixels of two rows by 8 outputs in eight 4x4 matrices: columns are pixels,
// rows are outputs. Needs storage_*, elementary and activation; weights as conv_pack.wgsl leaves them.

// Channels summed before they join the total: the error of 256 channels falls from 1.7e-6 to 3e-7.
const SUMMED = 16u;

struct Params {
  count: u32, // invocations: batch * octets * row pairs * spans
  width: u32, // workgroups in a row of the grid
  channels: u32,
  outputs: u32,
  rows: u32,
  columns: u32,
  octets: u32, // outputs / 8, rounded up
  pairs: u32, // rows / 2, rounded up
  spans: u32, // columns / 8, rounded up
  pitch: u32, // vectors of a row of packed weights
}

// Pixels -1..8 of a span.
struct Row {
  a: vec4f,
  b: vec4f,
  c: vec2f,
}

@group(0) @binding(0) var<storage, read_write> output: array<f32>;
@group(0) @binding(1) var<storage, read_write> input: array<f32>;
@group(0) @binding(2) var<storage, read_write> packed: array<Weight4>;
@group(1) @binding(0) var<uniform> params: Params;

// acc + outer(weights, pixels)
fn accumulate(acc: mat4x4f, w: vec4f, p: vec4f) -> mat4x4f {
  return mat4x4f(
    fma(w, vec4f(p.x), acc[0]),
    fma(w, vec4f(p.y), acc[1]),
    fma(w, vec4f(p.z), acc[2]),
    fma(w, vec4f(p.w), acc[3]),
  );
}

// The pixel, 0 beyond the columns. Reads stay inside the row.
fn pixel(start: u32, column: i32) -> f32 {
  let last = i32(params.columns) - 1;
  let value = input[start + u32(clamp(column, 0, last))];
  return select(0.0, value, column >= 0 && column <= last);
}

fn four(start: u32, column: i32) -> vec4f {
  return vec4f(pixel(start, column), pixel(start, column + 1), pixel(start, column + 2), pixel(start, column + 3));
}

fn load_row(plane: u32, row: i32, column: i32) -> Row {
  if (row < 0 || row >= i32(params.rows)) {
    return Row();
  }
  let start = plane + u32(row) * params.columns;
  let edge = vec2f(pixel(start, column + 7), pixel(start, column + 8));
  return Row(four(start, column - 1), four(start, column + 3), edge);
}

// Four outputs of four pixels, the bias added. `at` is the place of the first.
fn store(values: mat4x4f, quad: u32, at: u32, columns_left: i32) {
  let bias = vec4f(packed[params.channels * 9u * params.pitch + min(quad, params.pitch - 1u)]);
  for (var i = 0; i < 4; i++) {
    for (var o = 0u; o < 4u; o++) {
      if (i < columns_left && 4u * quad + o < params.outputs) {
        output[at + o * params.rows * params.columns + u32(i)] = activate(values[i][o] + bias[o]);
      }
    }
  }
}

@compute @workgroup_size(64)
fn conv3x3_plain(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let index = (group.y * params.width + group.x) * 64u + lane;
  if (index >= params.count) {
    return;
  }
  let column = 8u * (index % params.spans);
  let row = 2u * ((index / params.spans) % params.pairs);
  let quad = 2u * ((index / (params.spans * params.pairs)) % params.octets);
  let image = index / (params.spans * params.pairs * params.octets);
  // Outputs are padded to whole quads, not to whole octets.
  let second = min(quad + 1u, params.pitch - 1u) - quad;
  var sum_low_a = mat4x4f();
  var sum_low_b = mat4x4f();
  var sum_high_a = mat4x4f();
  var sum_high_b = mat4x4f();
  var sum_next_low_a = mat4x4f();
  var sum_next_low_b = mat4x4f();
  var sum_next_high_a = mat4x4f();
  var sum_next_high_b = mat4x4f();
  var low_a = mat4x4f();
  var low_b = mat4x4f();
  var high_a = mat4x4f();
  var high_b = mat4x4f();
  var next_low_a = mat4x4f();
  var next_low_b = mat4x4f();
  var next_high_a = mat4x4f();
  var next_high_b = mat4x4f();
  var at = quad;
  for (var c = 0u; c < params.channels; c++) {
    let plane = (image * params.channels + c) * params.rows * params.columns;
    var p = load_row(plane, i32(row) - 1, i32(column));
    for (var ky = 0; ky < 3; ky++) {
      let q = load_row(plane, i32(row) + ky, i32(column));
      var low = vec4f(packed[at]);
      var high = vec4f(packed[at + second]);
      low_a = accumulate(low_a, low, p.a);
      low_b = accumulate(low_b, low, p.b);
      high_a = accumulate(high_a, high, p.a);
      high_b = accumulate(high_b, high, p.b);
      next_low_a = accumulate(next_low_a, low, q.a);
      next_low_b = accumulate(next_low_b, low, q.b);
      next_high_a = accumulate(next_high_a, high, q.a);
      next_high_b = accumulate(next_high_b, high, q.b);
      at += params.pitch;
      low = vec4f(packed[at]);
      high = vec4f(packed[at + second]);
      let p1a = vec4f(p.a.yzw, p.b.x);
      let p1b = vec4f(p.b.yzw, p.c.x);
      let q1a = vec4f(q.a.yzw, q.b.x);
      let q1b = vec4f(q.b.yzw, q.c.x);
      low_a = accumulate(low_a, low, p1a);
      low_b = accumulate(low_b, low, p1b);
      high_a = accumulate(high_a, high, p1a);
      high_b = accumulate(high_b, high, p1b);
      next_low_a = accumulate(next_low_a, low, q1a);
      next_low_b = accumulate(next_low_b, low, q1b);
      next_high_a = accumulate(next_high_a, high, q1a);
      next_high_b = accumulate(next_high_b, high, q1b);
      at += params.pitch;
      low = vec4f(packed[at]);
      high = vec4f(packed[at + second]);
      let p2a = vec4f(p.a.zw, p.b.xy);
      let p2b = vec4f(p.b.zw, p.c.xy);
      let q2a = vec4f(q.a.zw, q.b.xy);
      let q2b = vec4f(q.b.zw, q.c.xy);
      low_a = accumulate(low_a, low, p2a);
      low_b = accumulate(low_b, low, p2b);
      high_a = accumulate(high_a, high, p2a);
      high_b = accumulate(high_b, high, p2b);
      next_low_a = accumulate(next_low_a, low, q2a);
      next_low_b = accumulate(next_low_b, low, q2b);
      next_high_a = accumulate(next_high_a, high, q2a);
      next_high_b = accumulate(next_high_b, high, q2b);
      at += params.pitch;
      p = q;
    }
    if (c % SUMMED == SUMMED - 1u || c == params.channels - 1u) {
      sum_low_a += low_a;
      low_a = mat4x4f();
      sum_low_b += low_b;
      low_b = mat4x4f();
      sum_high_a += high_a;
      high_a = mat4x4f();
      sum_high_b += high_b;
      high_b = mat4x4f();
      sum_next_low_a += next_low_a;
      next_low_a = mat4x4f();
      sum_next_low_b += next_low_b;
      next_low_b = mat4x4f();
      sum_next_high_a += next_high_a;
      next_high_a = mat4x4f();
      sum_next_high_b += next_high_b;
      next_high_b = mat4x4f();
    }
  }
  let plane = params.rows * params.columns;
  let first = (image * params.outputs + 4u * quad) * plane + row * params.columns + column;
  let left = i32(params.columns) - i32(column);
  store(sum_low_a, quad, first, left);
  store(sum_low_b, quad, first + 4u, left - 4);
  store(sum_high_a, quad + 1u, first + 4u * plane, left);
  store(sum_high_b, quad + 1u, first + 4u * plane + 4u, left - 4);
  if (row + 1u < params.rows) {
    let next = first + params.columns;
    store(sum_next_low_a, quad, next, left);
    store(sum_next_low_b, quad, next + 4u, left - 4);
    store(sum_next_high_a, quad + 1u, next + 4u * plane, left);
    store(sum_next_high_b, quad + 1u, next + 4u * plane + 4u, left - 4);
  }
}
