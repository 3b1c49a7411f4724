// Patches cut from an image at whole pixels, and their adjoint: every pixel of the image gathers from the patches that
// cover it, in their order, so that no atomics are needed and the sum does not depend on timing.

override WORDS: u32 = 1; // of a pixel: 2 for complex

struct Params {
  patches: u32,
  rows: i32, // of a patch
  columns: i32,
  image_rows: i32,
  image_columns: i32,
  width: u32, // workgroups in a row of the grid
}

@group(0) @binding(0) var<storage, read_write> output: array<f32>;
@group(0) @binding(1) var<storage, read_write> input: array<f32>;
@group(0) @binding(2) var<storage, read_write> starts: array<f32>; // (x, y) of a patch's first pixel
@group(1) @binding(0) var<uniform> params: Params;

const TILE: i32 = 16;

fn start_of(n: u32) -> vec2i {
  return vec2i(floor(clamp(vec2f(starts[2u * n], starts[2u * n + 1u]), vec2f(-1e6), vec2f(1e6)) + 0.5));
}

@compute @workgroup_size(256)
fn extract(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let index = (group.y * params.width + group.x) * 256u + lane;
  let pixels = u32(params.rows * params.columns);
  let n = index / pixels;
  if (n >= params.patches) {
    return;
  }
  let rest = i32(index % pixels);
  let at = start_of(n) + vec2i(rest % params.columns, rest / params.columns);
  let inside = at.x >= 0 && at.x < params.image_columns && at.y >= 0 && at.y < params.image_rows;
  let source = WORDS * u32(select(0, at.y * params.image_columns + at.x, inside));
  for (var word = 0u; word < WORDS; word++) {
    output[WORDS * index + word] = select(0.0, input[source + word], inside);
  }
}

@compute @workgroup_size(16, 16)
fn scatter(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) lane: vec3u) {
  let corner = TILE * vec2i(group.xy);
  let at = corner + vec2i(lane.xy);
  let size = vec2i(params.columns, params.rows);
  var sum = vec2f(0.0);
  for (var n = 0u; n < params.patches; n++) {
    let start = start_of(n);
    // the same for the whole tile: most patches are passed over at once
    if (any(start >= corner + TILE) || any(start + size <= corner)) {
      continue;
    }
    let inner = at - start;
    if (all(inner >= vec2i(0)) && all(inner < size)) {
      let source = WORDS * (n * u32(size.x * size.y) + u32(inner.y * size.x + inner.x));
      sum += vec2f(input[source], input[source + WORDS - 1u]);
    }
  }
  if (at.x < params.image_columns && at.y < params.image_rows) {
    let to = WORDS * u32(at.y * params.image_columns + at.x);
    output[to] = sum.x;
    if (WORDS == 2u) {
      output[to + 1u] = sum.y;
    }
  }
}
