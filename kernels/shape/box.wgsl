// Copies a box of up to five axes: out(base + c . out_stride) = in((c + start) . in_stride), 0 where c + start lies
// outside the input. Concatenation, cropping and padding are such copies.

struct Params {
  count: u32, // elements of the box
  width: u32, // workgroups in a row of the grid
  rank: u32,
  base: u32, // first element written
  axes: array<vec4i, 10>, // innermost first: (box size, start, input size, input stride), (output stride, 0, 0, 0)
}

@group(0) @binding(0) var<storage, read_write> output: array<f32>;
@group(0) @binding(1) var<storage, read_write> input: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(256)
fn box(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let index = (group.y * params.width + group.x) * 256u + lane;
  if (index >= params.count) {
    return;
  }
  var rest = index;
  var to = params.base;
  var from_element = 0;
  var inside = true;
  for (var axis = 0u; axis < params.rank; axis++) {
    let head = params.axes[2u * axis];
    let size = u32(head.x);
    let coordinate = rest % size;
    rest /= size;
    let source = i32(coordinate) + head.y;
    inside = inside && source >= 0 && source < head.z;
    from_element += source * head.w;
    to += coordinate * u32(params.axes[2u * axis + 1u].x);
  }
  var value = 0.0;
  if (inside) {
    value = input[from_element];
  }
  output[to] = value;
}
