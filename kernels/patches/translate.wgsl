// translate: images sampled bilinearly at a shift of their own, zero outside.

override WORDS: u32 = 1; // 2 for complex images

struct Params {
  count: u32, // elements of the output
  width: u32, // workgroups in a row of the grid
  rows: u32,
  columns: u32,
  image_rows: i32,
  image_columns: i32,
  image_stride: u32, // elements from one image to the next; 0 where one serves all offsets
  sign: f32,
}

@group(0) @binding(0) var<storage, read_write> output: array<f32>;
@group(0) @binding(1) var<storage, read_write> image: array<f32>;
@group(0) @binding(2) var<storage, read_write> offsets: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

fn pixel(base: u32, row: i32, column: i32) -> vec2f {
  if (row < 0 || row >= params.image_rows || column < 0 || column >= params.image_columns) {
    return vec2f(0.0);
  }
  let at = WORDS * (base + u32(row * params.image_columns + column));
  return vec2f(image[at], image[at + WORDS - 1u]);
}

@compute @workgroup_size(256)
fn translate(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let index = (group.y * params.width + group.x) * 256u + lane;
  if (index >= params.count) {
    return;
  }
  let column = index % params.columns;
  let row = (index / params.columns) % params.rows;
  let n = index / (params.columns * params.rows);
  // The shift is split before pixels are added to it, so that its fraction is the same for all of them.
  let shift = -params.sign * vec2f(offsets[2u * n], offsets[2u * n + 1u]);
  let whole = clamp(floor(shift), vec2f(-1e6), vec2f(1e6));
  let f = clamp(shift - whole, vec2f(0.0), vec2f(1.0));
  let x = i32(column) + i32(whole.x) - (i32(params.columns) - params.image_columns) / 2;
  let y = i32(row) + i32(whole.y) - (i32(params.rows) - params.image_rows) / 2;
  let base = n * params.image_stride;
  let upper = mix(pixel(base, y, x), pixel(base, y, x + 1), f.x);
  let lower = mix(pixel(base, y + 1, x), pixel(base, y + 1, x + 1), f.x);
  let value = mix(upper, lower, f.y);
  output[WORDS * index] = value.x;
  if (WORDS == 2u) {
    output[2u * index + 1u] = value.y;
  }
}
