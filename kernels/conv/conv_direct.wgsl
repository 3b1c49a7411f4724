// conv2d of any odd kernel: an invocation for each pixel and four outputs. For kernels other than 3x3 and for few
// outputs, where reading the image is all of the work. Needs storage_*, elementary and activation; weights as conv_pack.wgsl leaves them.

struct Params {
  count: u32, // invocations: batch * output quads * pixels
  width: u32, // workgroups in a row of the grid
  channels: u32,
  outputs: u32,
  rows: u32,
  columns: u32,
  kernel_rows: u32,
  kernel_columns: u32,
  quads: u32, // outputs / 4, rounded up
}

@group(0) @binding(0) var<storage, read_write> output: array<f32>;
@group(0) @binding(1) var<storage, read_write> input: array<f32>;
@group(0) @binding(2) var<storage, read_write> packed: array<Weight4>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(256)
fn conv_direct(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let index = (group.y * params.width + group.x) * 256u + lane;
  if (index >= params.count) {
    return;
  }
  let pixels = params.rows * params.columns;
  let pixel = index % pixels;
  let quad = (index / pixels) % params.quads;
  let image = index / (pixels * params.quads);
  let y = i32(pixel / params.columns) - i32(params.kernel_rows / 2u);
  let x = i32(pixel % params.columns) - i32(params.kernel_columns / 2u);
  var tap = quad;
  var sum = vec4f(0.0);
  for (var c = 0u; c < params.channels; c++) {
    let plane = (image * params.channels + c) * pixels;
    for (var ky = 0u; ky < params.kernel_rows; ky++) {
      let row = y + i32(ky);
      let row_inside = row >= 0 && row < i32(params.rows);
      for (var kx = 0u; kx < params.kernel_columns; kx++) {
        let column = x + i32(kx);
        if (row_inside && column >= 0 && column < i32(params.columns)) {
          sum = fma(vec4f(packed[tap]), vec4f(input[plane + u32(row) * params.columns + u32(column)]), sum);
        }
        tap += params.quads;
      }
    }
  }
  sum += vec4f(packed[tap]);
  let at = (image * params.outputs + 4u * quad) * pixels + pixel;
  for (var o = 0u; o < 4u && 4u * quad + o < params.outputs; o++) {
    output[at + o * pixels] = activate(sum[o]);
  }
}
