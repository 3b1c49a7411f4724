// Weight gradient of conv2d of any odd kernel: a workgroup for each weight and share of the images; lanes take
// pixels. For kernels other than 3x3 and for few channels. The shares are added by sum_shares.wgsl.

struct Params {
  batch: u32,
  channels: u32,
  outputs: u32,
  rows: u32,
  columns: u32,
  kernel_rows: u32,
  kernel_columns: u32,
  shares: u32,
  span: u32, // images of a share
  width: u32, // workgroups in a row of the grid
}

@group(0) @binding(0) var<storage, read_write> output: array<f32>;
@group(0) @binding(1) var<storage, read_write> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> g: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

var<workgroup> partial: array<f32, 256>;

@compute @workgroup_size(256)
fn weight_gradient_direct(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let task = group.y * params.width + group.x;
  let taps = params.kernel_rows * params.kernel_columns;
  let weights = params.outputs * params.channels * taps;
  let share = task / weights;
  let weight = task % weights;
  let tap = weight % taps;
  let c = (weight / taps) % params.channels;
  let o = weight / (taps * params.channels);
  let dy = i32(tap / params.kernel_columns) - i32(params.kernel_rows / 2u);
  let dx = i32(tap % params.kernel_columns) - i32(params.kernel_columns / 2u);
  let pixels = params.rows * params.columns;
  let end = min((share + 1u) * params.span, params.batch);
  var sum = 0.0;
  for (var b = share * params.span; b < end; b++) {
    let g_plane = (b * params.outputs + o) * pixels;
    let x_plane = (b * params.channels + c) * pixels;
    for (var p = lane; p < pixels; p += 256u) {
      let row = i32(p / params.columns) + dy;
      let column = i32(p % params.columns) + dx;
      if (row >= 0 && row < i32(params.rows) && column >= 0 && column < i32(params.columns)) {
        sum = fma(g[g_plane + p], x[x_plane + u32(row) * params.columns + u32(column)], sum);
      }
    }
  }
  partial[lane] = sum;
  workgroupBarrier();
  for (var half = 128u; half > 0u; half /= 2u) {
    if (lane < half) {
      partial[lane] += partial[lane + half];
    }
    workgroupBarrier();
  }
  if (lane == 0u && share < params.shares) {
    output[task] = partial[0];
  }
}
