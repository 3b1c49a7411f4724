// Adds partial results in their order: out[i] = sum over s of shares[s count + i].

struct Params {
  count: u32,
  width: u32, // workgroups in a row of the grid
  shares: u32,
}

@group(0) @binding(0) var<storage, read_write> output: array<f32>;
@group(0) @binding(1) var<storage, read_write> shares: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(256)
fn sum_shares(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let index = (group.y * params.width + group.x) * 256u + lane;
  if (index >= params.count) {
    return;
  }
  var sum = 0.0;
  for (var s = 0u; s < params.shares; s++) {
    sum += shares[s * params.count + index];
  }
  output[index] = sum;
}
