// max_gradient: the gradient of a maximum goes to the first maximum in row-major order, 0 elsewhere.
// `first_tree`: a workgroup for each maximum; `first_loop`: an invocation for each.

override SIZE: u32 = 256;

struct Params {
  outputs: u32, // maxima
  reduced: u32, // elements that each was taken over
  rank: u32, // axes, the reduced ones innermost
  width: u32, // workgroups in a row of the grid
  axes: array<vec4u, 5>, // innermost first: (size, stride in x, stride in y, 0)
}

@group(0) @binding(0) var<storage, read_write> gradient: array<f32>;
@group(0) @binding(1) var<storage, read_write> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<storage, read_write> upstream: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

var<workgroup> found: array<u32, SIZE>;

const NONE = 0xffffffffu;

// Offsets in x and y of element i of the set of one maximum.
fn locate(output: u32, i: u32) -> vec2u {
  var rest = output * params.reduced + i;
  var at = vec2u(0u);
  for (var axis = 0u; axis < params.rank; axis++) {
    let head = params.axes[axis];
    at += (rest % head.x) * head.yz;
    rest /= head.x;
  }
  return at;
}

@compute @workgroup_size(SIZE)
fn first_tree(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let output = group.y * params.width + group.x;
  let reduced = select(0u, params.reduced, output < params.outputs);
  let highest = y[locate(min(output, params.outputs - 1u), 0u).y];
  var first = NONE;
  for (var i = lane; i < reduced; i += SIZE) {
    if (x[locate(output, i).x] == highest) {
      first = min(first, i);
    }
  }
  found[lane] = first;
  workgroupBarrier();
  for (var half = SIZE / 2u; half > 0u; half /= 2u) {
    if (lane < half) {
      found[lane] = min(found[lane], found[lane + half]);
    }
    workgroupBarrier();
  }
  let chosen = found[0];
  for (var i = lane; i < reduced; i += SIZE) {
    let at = locate(output, i);
    gradient[at.x] = select(0.0, upstream[at.y], i == chosen);
  }
}

@compute @workgroup_size(256)
fn first_loop(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let output = (group.y * params.width + group.x) * 256u + lane;
  if (output >= params.outputs) {
    return;
  }
  var taken = false;
  for (var i = 0u; i < params.reduced; i++) {
    let at = locate(output, i);
    let chosen = !taken && x[at.x] == y[at.y];
    taken = taken || chosen;
    gradient[at.x] = select(0.0, upstream[at.y], chosen);
  }
}
