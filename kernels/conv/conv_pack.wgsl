// Rearranges the weights (outputs, inputs, taps) of a convolution to rows of outputs: element (c taps + t, o), the
// bias as one more row. The gradient of the input is a convolution by weights that are flipped and whose inputs and
// outputs are exchanged: `pack_flipped`. Needs storage_*.

struct Params {
  count: u32, // elements to write: (channels taps + 1) pitch
  width: u32, // workgroups in a row of the grid
  outputs: u32, // of the packed convolution
  channels: u32, // that the packed convolution sums over
  taps: u32,
  pitch: u32, // outputs rounded up to a multiple of 4
}

@group(0) @binding(0) var<storage, read_write> packed: array<Weight>;
@group(0) @binding(1) var<storage, read_write> weights: array<f32>;
@group(0) @binding(2) var<storage, read_write> bias: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

fn index_of(group: vec3u, lane: u32) -> u32 {
  return (group.y * params.width + group.x) * 256u + lane;
}

// The packed element, without bias.
fn weight_at(index: u32, flipped: bool) -> f32 {
  let o = index % params.pitch;
  let row = index / params.pitch;
  let c = row / params.taps;
  let t = row % params.taps;
  if (o >= params.outputs || c >= params.channels) {
    return 0.0;
  }
  if (flipped) {
    return weights[(c * params.outputs + o) * params.taps + params.taps - 1u - t];
  }
  return weights[(o * params.channels + c) * params.taps + t];
}

@compute @workgroup_size(256)
fn pack(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let index = index_of(group, lane);
  if (index < params.count) {
    packed[index] = Weight(weight_at(index, false));
  }
}

@compute @workgroup_size(256)
fn pack_with_bias(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let index = index_of(group, lane);
  if (index >= params.count) {
    return;
  }
  let o = index % params.pitch;
  var value = weight_at(index, false);
  if (index / params.pitch == params.channels * params.taps && o < params.outputs) {
    value = bias[o];
  }
  packed[index] = Weight(value);
}

@compute @workgroup_size(256)
fn pack_flipped(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let index = index_of(group, lane);
  if (index < params.count) {
    packed[index] = Weight(weight_at(index, true));
  }
}
