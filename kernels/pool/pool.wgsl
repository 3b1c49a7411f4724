// Two-by-two windows over images: maximum and its gradient, nearest upsampling and its gradient.

struct Params {
  count: u32, // elements of the output
  width: u32, // workgroups in a row of the grid
  // Rows and columns of the large images, and of the small ones.
  rows: u32,
  columns: u32,
  small_rows: u32,
  small_columns: u32,
}

@group(0) @binding(0) var<storage, read_write> output: array<f32>;
@group(0) @binding(1) var<storage, read_write> input: array<f32>;
@group(0) @binding(2) var<storage, read_write> pooled: array<f32>;
@group(0) @binding(3) var<storage, read_write> upstream: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

fn index_of(group: vec3u, lane: u32) -> u32 {
  return (group.y * params.width + group.x) * 256u + lane;
}

// Place in the large images of the first element of a small element's window.
fn window_of(small: u32) -> u32 {
  let column = small % params.small_columns;
  let row = small / params.small_columns;
  let image = row / params.small_rows;
  return (image * params.rows + 2u * (row % params.small_rows)) * params.columns + 2u * column;
}

@compute @workgroup_size(256)
fn max_pool(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let index = index_of(group, lane);
  if (index >= params.count) {
    return;
  }
  let at = window_of(index);
  let below = at + params.columns;
  output[index] = max(max(input[at], input[at + 1u]), max(input[below], input[below + 1u]));
}

@compute @workgroup_size(256)
fn max_pool_gradient(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let index = index_of(group, lane);
  if (index >= params.count) {
    return;
  }
  let column = index % params.columns;
  let row = (index / params.columns) % params.rows;
  let image = index / (params.columns * params.rows);
  if (column / 2u >= params.small_columns || row / 2u >= params.small_rows) {
    output[index] = 0.0;
    return;
  }
  let small = (image * params.small_rows + row / 2u) * params.small_columns + column / 2u;
  let highest = pooled[small];
  let at = window_of(small);
  let below = at + params.columns;
  var first = below + 1u;
  first = select(first, below, input[below] == highest);
  first = select(first, at + 1u, input[at + 1u] == highest);
  first = select(first, at, input[at] == highest);
  output[index] = select(0.0, upstream[small], index == first);
}

@compute @workgroup_size(256)
fn upsample(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let index = index_of(group, lane);
  if (index >= params.count) {
    return;
  }
  let column = index % params.columns;
  let row = (index / params.columns) % params.rows;
  let image = index / (params.columns * params.rows);
  output[index] = input[(image * params.small_rows + row / 2u) * params.small_columns + column / 2u];
}

@compute @workgroup_size(256)
fn upsample_gradient(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let index = index_of(group, lane);
  if (index >= params.count) {
    return;
  }
  let at = window_of(index);
  let below = at + params.columns;
  output[index] = (input[at] + input[at + 1u]) + (input[below] + input[below + 1u]);
}
