// Weight gradient of conv2d 3x3: for each output o and channel c the nine sums of g[o] times shifted x[c] over all
// pixels of the batch. A workgroup takes TILE_O outputs by TILE_C channels over a share of the pixel tiles of 32
// pixels each; an invocation keeps the nine taps of eight outputs and one channel in registers. The shares are
// added in a fixed order by sum_shares.wgsl.

override TILE_O: u32 = 64; // multiple of 8
override TILE_C: u32 = 16;
override TILE_W: u32 = 16; // 4, 8, 16 or 32
override TILE_H: u32 = 32 / TILE_W;
override OUTPUT_LANES: u32 = TILE_O / 8;
override LANES: u32 = OUTPUT_LANES * TILE_C;
override QUADS: u32 = TILE_O / 4;
override PITCH: u32 = QUADS + 1; // one vector more keeps pixels in different memory banks
override ROW: u32 = TILE_W / 4 + 1; // vectors of a patch row
override PATCH: u32 = (TILE_H + 2) * ROW; // vectors of one channel

struct Params {
  batch: u32,
  channels: u32,
  outputs: u32,
  rows: u32,
  columns: u32,
  tiles_o: u32,
  tiles_c: u32,
  tiles_y: u32, // of an image
  tiles_x: u32,
  shares: u32,
  span: u32, // pixel tiles of a share
  width: u32, // workgroups in a row of the grid
}

@group(0) @binding(0) var<storage, read_write> output: array<f32>;
@group(0) @binding(1) var<storage, read_write> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> g: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

var<workgroup> x_tile: array<vec4f, TILE_C * PATCH>;
var<workgroup> g_tile: array<vec4f, 32 * PITCH>;

struct Corner {
  image: u32,
  row: u32,
  column: u32,
}

fn pixel(plane: u32, row_inside: bool, row: i32, column: i32) -> f32 {
  if (row_inside && column >= 0 && column < i32(params.columns)) {
    return x[plane + u32(row * i32(params.columns) + column)];
  }
  return 0.0;
}

fn load_x(corner: Corner, first_channel: u32, lane: u32) {
  for (var i = lane; i < TILE_C * PATCH; i += LANES) {
    let c = first_channel + i / PATCH;
    let row = i32(corner.row + (i % PATCH) / ROW) - 1;
    let column = i32(corner.column + 4u * (i % ROW)) - 1;
    let inside = c < params.channels && row >= 0 && row < i32(params.rows);
    let plane = (corner.image * params.channels + c) * params.rows * params.columns;
    x_tile[i] = vec4f(
      pixel(plane, inside, row, column),
      pixel(plane, inside, row, column + 1),
      pixel(plane, inside, row, column + 2),
      pixel(plane, inside, row, column + 3),
    );
  }
}

fn load_g(corner: Corner, first_output: u32, lane: u32) {
  let pixels = params.rows * params.columns;
  for (var i = lane; i < 32u * QUADS; i += LANES) {
    let p = i % 32u;
    let o = first_output + 4u * (i / 32u);
    let row = corner.row + p / TILE_W;
    let column = corner.column + p % TILE_W;
    var value = vec4f(0.0);
    if (row < params.rows && column < params.columns) {
      let at = (corner.image * params.outputs + o) * pixels + row * params.columns + column;
      for (var j = 0u; j < 4u; j++) {
        if (o + j < params.outputs) {
          value[j] = g[at + j * pixels];
        }
      }
    }
    g_tile[p * PITCH + i / 32u] = value;
  }
}

// Three taps of a kernel row for four outputs.
fn accumulate(acc: mat3x4f, upstream: vec4f, window: vec3f) -> mat3x4f {
  return mat3x4f(
    fma(upstream, vec4f(window.x), acc[0]),
    fma(upstream, vec4f(window.y), acc[1]),
    fma(upstream, vec4f(window.z), acc[2]),
  );
}

fn store_taps(taps: mat3x4f, share: u32, weight: vec3u) {
  if (weight.y >= params.channels) {
    return;
  }
  let weights = transpose(taps);
  for (var j = 0u; j < 4u && weight.x + j < params.outputs; j++) {
    let at = ((share * params.outputs + weight.x + j) * params.channels + weight.y) * 9u + weight.z;
    output[at] = weights[j].x;
    output[at + 1u] = weights[j].y;
    output[at + 2u] = weights[j].z;
  }
}

@compute @workgroup_size(LANES)
fn weight_gradient(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let task = group.y * params.width + group.x;
  let share = task / (params.tiles_o * params.tiles_c);
  if (share >= params.shares) {
    return;
  }
  let first_output = (task % params.tiles_o) * TILE_O;
  let first_channel = (task / params.tiles_o) % params.tiles_c * TILE_C;
  let quad = lane % OUTPUT_LANES;
  let c = lane / OUTPUT_LANES;
  let image_tiles = params.tiles_x * params.tiles_y;
  let end = min((share + 1u) * params.span, params.batch * image_tiles);
  var low0 = mat3x4f();
  var low1 = mat3x4f();
  var low2 = mat3x4f();
  var high0 = mat3x4f();
  var high1 = mat3x4f();
  var high2 = mat3x4f();
  for (var tile = share * params.span; tile < end; tile++) {
    let corner = Corner(
      tile / image_tiles,
      (tile % image_tiles) / params.tiles_x * TILE_H,
      tile % params.tiles_x * TILE_W,
    );
    workgroupBarrier();
    load_x(corner, first_channel, lane);
    load_g(corner, first_output, lane);
    workgroupBarrier();
    for (var four = 0u; four < 8u; four++) {
      let at = c * PATCH + (four / (TILE_W / 4u)) * ROW + four % (TILE_W / 4u);
      let a0 = x_tile[at];
      let b0 = x_tile[at + 1u];
      let a1 = x_tile[at + ROW];
      let b1 = x_tile[at + ROW + 1u];
      let a2 = x_tile[at + 2u * ROW];
      let b2 = x_tile[at + 2u * ROW + 1u];
      var p = four * 4u * PITCH + quad;
      var low = g_tile[p];
      var high = g_tile[p + OUTPUT_LANES];
      low0 = accumulate(low0, low, a0.xyz);
      low1 = accumulate(low1, low, a1.xyz);
      low2 = accumulate(low2, low, a2.xyz);
      high0 = accumulate(high0, high, a0.xyz);
      high1 = accumulate(high1, high, a1.xyz);
      high2 = accumulate(high2, high, a2.xyz);
      p += PITCH;
      low = g_tile[p];
      high = g_tile[p + OUTPUT_LANES];
      low0 = accumulate(low0, low, a0.yzw);
      low1 = accumulate(low1, low, a1.yzw);
      low2 = accumulate(low2, low, a2.yzw);
      high0 = accumulate(high0, high, a0.yzw);
      high1 = accumulate(high1, high, a1.yzw);
      high2 = accumulate(high2, high, a2.yzw);
      p += PITCH;
      low = g_tile[p];
      high = g_tile[p + OUTPUT_LANES];
      low0 = accumulate(low0, low, vec3f(a0.zw, b0.x));
      low1 = accumulate(low1, low, vec3f(a1.zw, b1.x));
      low2 = accumulate(low2, low, vec3f(a2.zw, b2.x));
      high0 = accumulate(high0, high, vec3f(a0.zw, b0.x));
      high1 = accumulate(high1, high, vec3f(a1.zw, b1.x));
      high2 = accumulate(high2, high, vec3f(a2.zw, b2.x));
      p += PITCH;
      low = g_tile[p];
      high = g_tile[p + OUTPUT_LANES];
      low0 = accumulate(low0, low, vec3f(a0.w, b0.xy));
      low1 = accumulate(low1, low, vec3f(a1.w, b1.xy));
      low2 = accumulate(low2, low, vec3f(a2.w, b2.xy));
      high0 = accumulate(high0, high, vec3f(a0.w, b0.xy));
      high1 = accumulate(high1, high, vec3f(a1.w, b1.xy));
      high2 = accumulate(high2, high, vec3f(a2.w, b2.xy));
    }
  }
  let o = first_output + 4u * quad;
  store_taps(low0, share, vec3u(o, first_channel + c, 0u));
  store_taps(low1, share, vec3u(o, first_channel + c, 3u));
  store_taps(low2, share, vec3u(o, first_channel + c, 6u));
  store_taps(high0, share, vec3u(o + TILE_O / 2u, first_channel + c, 0u));
  store_taps(high1, share, vec3u(o + TILE_O / 2u, first_channel + c, 3u));
  store_taps(high2, share, vec3u(o + TILE_O / 2u, first_channel + c, 6u));
}
