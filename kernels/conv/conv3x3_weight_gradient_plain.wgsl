// Weight gradient of conv2d 3x3 without workgroup memory, for adapters that emulate it (see conv3x3_plain.wgsl). An
// invocation keeps the nine taps of four outputs and two channels, and goes down strips of four columns. Shares of
// the strips are added by sum_shares.wgsl.

struct Params {
  count: u32, // invocations: shares * output quads * channel pairs
  width: u32, // workgroups in a row of the grid
  channels: u32,
  outputs: u32,
  rows: u32,
  columns: u32,
  quads: u32, // outputs / 4, rounded up
  pairs: u32, // channels / 2, rounded up
  strips: u32, // columns / 4, rounded up
  span: u32, // strips of a share
  total: u32, // strips of the batch
}

// Pixels -1..4 of a strip.
struct Row {
  a: vec4f,
  b: vec2f,
}

@group(0) @binding(0) var<storage, read_write> output: array<f32>;
@group(0) @binding(1) var<storage, read_write> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> g: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

// The pixel of x, 0 beyond the columns. Reads stay inside the row.
fn pixel(start: u32, column: i32) -> f32 {
  let last = i32(params.columns) - 1;
  let value = x[start + u32(clamp(column, 0, last))];
  return select(0.0, value, column >= 0 && column <= last);
}

fn load_row(plane: u32, row: u32, column: i32) -> Row {
  if (row >= params.rows) {
    return Row();
  }
  let start = plane + row * params.columns;
  return Row(
    vec4f(pixel(start, column - 1), pixel(start, column), pixel(start, column + 1), pixel(start, column + 2)),
    vec2f(pixel(start, column + 3), pixel(start, column + 4)),
  );
}

// Four pixels of the upstream gradient, 0 beyond the columns.
fn load_g(start: u32, column: u32) -> vec4f {
  let last = params.columns - 1u;
  let values = vec4f(
    g[start + column],
    g[start + min(column + 1u, last)],
    g[start + min(column + 2u, last)],
    g[start + min(column + 3u, last)],
  );
  return select(vec4f(0.0), values, vec4u(column) + vec4u(0u, 1u, 2u, 3u) <= vec4u(last));
}

// Three taps of a kernel row: columns are taps, rows are outputs. The columns of `upstream` are pixels.
fn accumulate(acc: mat3x4f, upstream: mat4x4f, row: Row) -> mat3x4f {
  var a = acc[0];
  var b = acc[1];
  var c = acc[2];
  a = fma(upstream[0], vec4f(row.a.x), a);
  b = fma(upstream[0], vec4f(row.a.y), b);
  c = fma(upstream[0], vec4f(row.a.z), c);
  a = fma(upstream[1], vec4f(row.a.y), a);
  b = fma(upstream[1], vec4f(row.a.z), b);
  c = fma(upstream[1], vec4f(row.a.w), c);
  a = fma(upstream[2], vec4f(row.a.z), a);
  b = fma(upstream[2], vec4f(row.a.w), b);
  c = fma(upstream[2], vec4f(row.b.x), c);
  a = fma(upstream[3], vec4f(row.a.w), a);
  b = fma(upstream[3], vec4f(row.b.x), b);
  c = fma(upstream[3], vec4f(row.b.y), c);
  return mat3x4f(a, b, c);
}

fn store(taps: mat3x4f, share: u32, weight: vec3u) {
  for (var o = 0u; o < 4u; o++) {
    if (weight.x + o < params.outputs && weight.y < params.channels) {
      let at = ((share * params.outputs + weight.x + o) * params.channels + weight.y) * 9u + weight.z;
      output[at] = taps[0][o];
      output[at + 1u] = taps[1][o];
      output[at + 2u] = taps[2][o];
    }
  }
}

@compute @workgroup_size(64)
fn weight_gradient_plain(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let index = (group.y * params.width + group.x) * 64u + lane;
  if (index >= params.count) {
    return;
  }
  let o = 4u * (index % params.quads);
  let c = 2u * ((index / params.quads) % params.pairs);
  let share = index / (params.quads * params.pairs);
  let plane = params.rows * params.columns;
  // Beyond the last output and channel the last is read, and what comes of it is not stored.
  let o_last = params.outputs - 1u;
  let c_next = min(c + 1u, params.channels - 1u);
  let end = min((share + 1u) * params.span, params.total);
  var first0 = mat3x4f();
  var first1 = mat3x4f();
  var first2 = mat3x4f();
  var second0 = mat3x4f();
  var second1 = mat3x4f();
  var second2 = mat3x4f();
  for (var strip = share * params.span; strip < end; strip++) {
    let image = strip / params.strips;
    let column = 4u * (strip % params.strips);
    let x_first = (image * params.channels + c) * plane;
    let x_second = (image * params.channels + c_next) * plane;
    let g_image = image * params.outputs;
    var a0 = Row();
    var b0 = Row();
    var a1 = load_row(x_first, 0u, i32(column));
    var b1 = load_row(x_second, 0u, i32(column));
    for (var row = 0u; row < params.rows; row++) {
      let a2 = load_row(x_first, row + 1u, i32(column));
      let b2 = load_row(x_second, row + 1u, i32(column));
      let start = row * params.columns;
      let upstream = transpose(mat4x4f(
        load_g((g_image + o) * plane + start, column),
        load_g((g_image + min(o + 1u, o_last)) * plane + start, column),
        load_g((g_image + min(o + 2u, o_last)) * plane + start, column),
        load_g((g_image + min(o + 3u, o_last)) * plane + start, column),
      ));
      first0 = accumulate(first0, upstream, a0);
      first1 = accumulate(first1, upstream, a1);
      first2 = accumulate(first2, upstream, a2);
      second0 = accumulate(second0, upstream, b0);
      second1 = accumulate(second1, upstream, b1);
      second2 = accumulate(second2, upstream, b2);
      a0 = a1;
      a1 = a2;
      b0 = b1;
      b1 = b2;
    }
  }
  store(first0, share, vec3u(o, c, 0u));
  store(first1, share, vec3u(o, c, 3u));
  store(first2, share, vec3u(o, c, 6u));
  store(second0, share, vec3u(o, c + 1u, 0u));
  store(second1, share, vec3u(o, c + 1u, 3u));
  store(second2, share, vec3u(o, c + 1u, 6u));
}
