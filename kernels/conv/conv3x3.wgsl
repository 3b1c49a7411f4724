// conv2d 3x3 as an implicit matrix product. A workgroup computes TILE_O outputs of TILE_B x TILE_H x TILE_W pixels,
// CHUNK channels of the image patch (with its border) and of the weights at a time in workgroup memory. An
// invocation keeps 8 pixels of a row by 8 outputs in four 4x4 matrices: columns are pixels, rows are outputs.
// With two stages the next chunk is loaded while one is worked on, and a barrier for each chunk is enough. The order in
// which an output is summed depends on no tile size. The input gradient is the same by flipped weights. Needs storage_*,
// elementary and activation; weights as conv_pack.wgsl leaves them.

override TILE_O: u32 = 64; // multiple of 8
override TILE_W: u32 = 16; // multiple of 8
override TILE_H: u32 = 8;
override TILE_B: u32 = 1;
override CHUNK: u32 = 4;
override STAGES: u32 = 1; // chunks in workgroup memory: 1 or 2
override PIXEL_LANES: u32 = TILE_B * TILE_H * TILE_W / 8;
override LANES: u32 = PIXEL_LANES * TILE_O / 8;
override QUADS: u32 = TILE_O / 4;
override ROW: u32 = TILE_W / 4 + 1; // vectors of a patch row: one pixel of border on the left, at least one right
override PATCH: u32 = TILE_B * (TILE_H + 2) * ROW; // vectors of one channel

struct Params {
  batch: u32,
  channels: u32,
  outputs: u32,
  rows: u32,
  columns: u32,
  pitch: u32, // vectors of a row of packed weights
  tiles_o: u32,
  tiles_y: u32,
  tiles_x: u32,
  width: u32, // workgroups in a row of the grid
  tiles: u32, // workgroups that have work
}

@group(0) @binding(0) var<storage, read_write> output: array<f32>;
@group(0) @binding(1) var<storage, read_write> input: array<f32>;
@group(0) @binding(2) var<storage, read_write> packed: array<Weight4>;
@group(1) @binding(0) var<uniform> params: Params;

var<workgroup> patch_tile: array<Pixel4, STAGES * CHUNK * PATCH>;
var<workgroup> weight_tile: array<Weight4, STAGES * CHUNK * 9 * QUADS>;

struct Corner {
  image: u32,
  row: i32,
  column: i32,
  quad: u32, // of outputs
}

fn corner_of(tile: u32) -> Corner {
  let o = tile % params.tiles_o;
  let x = (tile / params.tiles_o) % params.tiles_x;
  let y = (tile / (params.tiles_o * params.tiles_x)) % params.tiles_y;
  let b = tile / (params.tiles_o * params.tiles_x * params.tiles_y);
  return Corner(b * TILE_B, i32(y * TILE_H), i32(x * TILE_W), o * QUADS);
}

fn pixel(plane: u32, row_inside: bool, row: i32, column: i32) -> f32 {
  if (row_inside && column >= 0 && column < i32(params.columns)) {
    return input[plane + u32(row * i32(params.columns) + column)];
  }
  return 0.0;
}

fn load_patch(corner: Corner, channel: u32, lane: u32, stage: u32) {
  for (var i = lane; i < CHUNK * PATCH; i += LANES) {
    let c = channel + i / PATCH;
    let image = corner.image + (i % PATCH) / ((TILE_H + 2u) * ROW);
    let row = corner.row + i32((i / ROW) % (TILE_H + 2u)) - 1;
    let column = corner.column + 4 * i32(i % ROW) - 1;
    let inside = image < params.batch && c < params.channels && row >= 0 && row < i32(params.rows);
    let plane = (image * params.channels + c) * params.rows * params.columns;
    patch_tile[stage * CHUNK * PATCH + i] = held(vec4f(
      pixel(plane, inside, row, column),
      pixel(plane, inside, row, column + 1),
      pixel(plane, inside, row, column + 2),
      pixel(plane, inside, row, column + 3),
    ));
  }
}

fn load_weights(corner: Corner, channel: u32, lane: u32, stage: u32) {
  for (var i = lane; i < CHUNK * 9u * QUADS; i += LANES) {
    let row = channel * 9u + i / QUADS;
    let quad = corner.quad + i % QUADS;
    var value = Weight4();
    if (row < params.channels * 9u && quad < params.pitch) {
      value = packed[row * params.pitch + quad];
    }
    weight_tile[stage * CHUNK * 9u * QUADS + i] = value;
  }
}

fn load(corner: Corner, channel: u32, lane: u32, stage: u32) {
  load_patch(corner, channel, lane, stage);
  load_weights(corner, channel, lane, stage);
}

// acc + outer(weights, pixels)
fn accumulate(acc: mat4x4f, w: vec4f, p: vec4f) -> mat4x4f {
  return mat4x4f(
    fma(w, vec4f(p.x), acc[0]),
    fma(w, vec4f(p.y), acc[1]),
    fma(w, vec4f(p.z), acc[2]),
    fma(w, vec4f(p.w), acc[3]),
  );
}

fn store_row(values: vec4f, at: u32, columns_left: i32) {
  for (var i = 0; i < 4 && i < columns_left; i++) {
    output[at + u32(i)] = activate(values[i]);
  }
}

// Four outputs of eight pixels, the bias added.
fn store_quad(left: mat4x4f, right: mat4x4f, corner: Corner, place: vec4u) {
  let quad = corner.quad + place.w;
  let image = corner.image + place.z;
  let row = u32(corner.row) + place.y;
  let column = u32(corner.column) + place.x;
  if (image >= params.batch || row >= params.rows || quad >= params.pitch) {
    return;
  }
  let bias = vec4f(packed[params.channels * 9u * params.pitch + quad]);
  let a = transpose(left);
  let b = transpose(right);
  for (var o = 0u; o < 4u && 4u * quad + o < params.outputs; o++) {
    let at = ((image * params.outputs + 4u * quad + o) * params.rows + row) * params.columns + column;
    let columns_left = i32(params.columns) - i32(column);
    store_row(a[o] + bias[o], at, columns_left);
    store_row(b[o] + bias[o], at + 4u, columns_left - 4);
  }
}

@compute @workgroup_size(LANES)
fn conv3x3(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let tile = group.y * params.width + group.x;
  if (tile >= params.tiles) {
    return;
  }
  let corner = corner_of(tile);
  let pixel_lane = lane % PIXEL_LANES;
  let quad = lane / PIXEL_LANES;
  let x = pixel_lane % (TILE_W / 8u);
  let y = (pixel_lane / (TILE_W / 8u)) % TILE_H;
  let b = pixel_lane / (TILE_W / 8u * TILE_H);
  let patch_start = (b * (TILE_H + 2u) + y) * ROW + 2u * x;
  var low_left = mat4x4f();
  var low_right = mat4x4f();
  var high_left = mat4x4f();
  var high_right = mat4x4f();
  load(corner, 0u, lane, 0u);
  workgroupBarrier();
  for (var channel = 0u; channel < params.channels; channel += CHUNK) {
    let stage = (channel / CHUNK) % STAGES;
    let next = channel + CHUNK;
    if (STAGES == 2u && next < params.channels) {
      load(corner, next, lane, 1u - stage);
    }
    for (var row = 0u; row < CHUNK * 3u; row++) {
      let at = stage * CHUNK * PATCH + patch_start + (row / 3u) * PATCH + (row % 3u) * ROW;
      let p = vec4f(patch_tile[at]);
      let q = vec4f(patch_tile[at + 1u]);
      let r = vec4f(patch_tile[at + 2u]);
      var w = (stage * CHUNK * 3u + row) * 3u * QUADS + quad;
      var low = vec4f(weight_tile[w]);
      var high = vec4f(weight_tile[w + QUADS / 2u]);
      low_left = accumulate(low_left, low, p);
      low_right = accumulate(low_right, low, q);
      high_left = accumulate(high_left, high, p);
      high_right = accumulate(high_right, high, q);
      w += QUADS;
      low = vec4f(weight_tile[w]);
      high = vec4f(weight_tile[w + QUADS / 2u]);
      let p1 = vec4f(p.yzw, q.x);
      let q1 = vec4f(q.yzw, r.x);
      low_left = accumulate(low_left, low, p1);
      low_right = accumulate(low_right, low, q1);
      high_left = accumulate(high_left, high, p1);
      high_right = accumulate(high_right, high, q1);
      w += QUADS;
      low = vec4f(weight_tile[w]);
      high = vec4f(weight_tile[w + QUADS / 2u]);
      let p2 = vec4f(p.zw, q.xy);
      let q2 = vec4f(q.zw, r.xy);
      low_left = accumulate(low_left, low, p2);
      low_right = accumulate(low_right, low, q2);
      high_left = accumulate(high_left, high, p2);
      high_right = accumulate(high_right, high, q2);
    }
    workgroupBarrier();
    if (STAGES == 1u && next < params.channels) {
      load(corner, next, lane, 0u);
      workgroupBarrier();
    }
  }
  store_quad(low_left, low_right, corner, vec4u(8u * x, y, b, quad));
  store_quad(high_left, high_right, corner, vec4u(8u * x, y, b, quad + QUADS / 2u));
}
