// map: one element of the output per invocation. Needs elementary, map_inputs*, map_vm and axes.

struct Params {
  count: u32, // elements of the output
  width: u32, // workgroups in a row of the grid
  axes: Axes,
}

@group(0) @binding(0) var<storage, read_write> output: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(256)
fn map(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let index = (group.y * params.width + group.x) * 256u + lane;
  if (index >= params.count) {
    return;
  }
  let value = evaluate(offsets_of(index));
  if (COMPLEX_OUTPUT == 1u) {
    output[2u * index] = value.x;
    output[2u * index + 1u] = value.y;
  } else {
    output[index] = value.x;
  }
}
