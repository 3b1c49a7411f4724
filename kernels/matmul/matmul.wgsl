// matmul: C = op(A) op(B) for small matrices, in square tiles.

const TILE = 16u;

struct Params {
  rows: u32,
  columns: u32,
  inner: u32,
  // Strides in elements: of a row and of a step along the sum in A, of a step along the sum and of a column in B.
  a_row: u32,
  a_inner: u32,
  b_inner: u32,
  b_column: u32,
}

@group(0) @binding(0) var<storage, read_write> output: array<f32>;
@group(0) @binding(1) var<storage, read_write> a: array<f32>;
@group(0) @binding(2) var<storage, read_write> b: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

var<workgroup> tile_a: array<f32, 272>;
var<workgroup> tile_b: array<f32, 272>;

@compute @workgroup_size(16, 16)
fn matmul(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) lane: vec3u) {
  let row = group.y * TILE + lane.y;
  let column = group.x * TILE + lane.x;
  var sum = 0.0;
  for (var start = 0u; start < params.inner; start += TILE) {
    let ka = start + lane.x;
    let kb = start + lane.y;
    var va = 0.0;
    var vb = 0.0;
    if (row < params.rows && ka < params.inner) {
      va = a[row * params.a_row + ka * params.a_inner];
    }
    if (kb < params.inner && column < params.columns) {
      vb = b[kb * params.b_inner + column * params.b_column];
    }
    // Rows of 17 keep the columns of a tile in different memory banks.
    tile_a[lane.y * 17u + lane.x] = va;
    tile_b[lane.y * 17u + lane.x] = vb;
    workgroupBarrier();
    for (var k = 0u; k < TILE; k++) {
      sum = fma(tile_a[lane.y * 17u + k], tile_b[k * 17u + lane.x], sum);
    }
    workgroupBarrier();
  }
  if (row < params.rows && column < params.columns) {
    output[row * params.columns + column] = sum;
  }
}
