// Rows taken from a table and put into it, by number. Numbers outside the table read zeros and write nothing.

struct Params {
  count: u32, // rows moved
  rows: i32, // of the table
  words: u32, // of a row
  width: u32, // workgroups in a row of the grid
}

@group(0) @binding(0) var<storage, read_write> output: array<f32>;
@group(0) @binding(1) var<storage, read_write> input: array<f32>;
@group(0) @binding(2) var<storage, read_write> numbers: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

fn row_of(n: u32) -> i32 {
  return i32(floor(clamp(numbers[n], -1e6, 1e6) + 0.5));
}

@compute @workgroup_size(256)
fn take(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let index = (group.y * params.width + group.x) * 256u + lane;
  let n = index / params.words;
  if (n >= params.count) {
    return;
  }
  let row = row_of(n);
  let inside = row >= 0 && row < params.rows;
  output[index] = select(0.0, input[u32(select(0, row, inside)) * params.words + index % params.words], inside);
}

@compute @workgroup_size(256)
fn put(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let index = (group.y * params.width + group.x) * 256u + lane;
  let n = index / params.words;
  if (n >= params.count) {
    return;
  }
  let row = row_of(n);
  if (row >= 0 && row < params.rows) {
    output[u32(row) * params.words + index % params.words] = input[index];
  }
}
