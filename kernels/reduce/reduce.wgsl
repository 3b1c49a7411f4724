// reduce: sum or maximum of a map program over the innermost axes of `axes` (the reduced ones come first there).
// `reduce_tree`: a workgroup for each output and chunk; `reduce_loop`: an invocation for each output. The order of
// summation depends on the shape alone. Needs elementary, map_inputs*, map_vm and axes.

override MAXIMUM: u32 = 0; // 0 sum, 1 maximum
override SIZE: u32 = 256; // invocations of a workgroup of reduce_tree, a power of two

struct Params {
  outputs: u32,
  reduced: u32, // elements reduced to one output
  chunks: u32, // partial results for each output
  span: u32, // elements of one chunk
  width: u32, // workgroups in a row of the grid
  axes: Axes,
}

@group(0) @binding(0) var<storage, read_write> output: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

var<workgroup> partial: array<vec2f, SIZE>;

fn identity() -> vec2f {
  return vec2f(select(0.0, -3.4028234663852886e38, MAXIMUM == 1u), 0.0);
}

fn combine(a: vec2f, b: vec2f) -> vec2f {
  if (MAXIMUM == 1u) {
    return max(a, b);
  }
  return a + b;
}

fn store(index: u32, value: vec2f) {
  if (COMPLEX_OUTPUT == 1u) {
    output[2u * index] = value.x;
    output[2u * index + 1u] = value.y;
  } else {
    output[index] = value.x;
  }
}

@compute @workgroup_size(SIZE)
fn reduce_tree(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let task = group.y * params.width + group.x;
  let first = (task % params.chunks) * params.span;
  let end = min(first + params.span, params.reduced);
  let base = (task / params.chunks) * params.reduced;
  var sum = identity();
  if (task < params.outputs * params.chunks) {
    for (var i = first + lane; i < end; i += SIZE) {
      sum = combine(sum, evaluate(offsets_of(base + i)));
    }
  }
  partial[lane] = sum;
  workgroupBarrier();
  for (var half = SIZE / 2u; half > 0u; half /= 2u) {
    if (lane < half) {
      partial[lane] = combine(partial[lane], partial[lane + half]);
    }
    workgroupBarrier();
  }
  if (lane == 0u && task < params.outputs * params.chunks) {
    store(task, partial[0]);
  }
}

@compute @workgroup_size(256)
fn reduce_loop(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let index = (group.y * params.width + group.x) * 256u + lane;
  if (index >= params.outputs) {
    return;
  }
  var sum = identity();
  for (var i = 0u; i < params.reduced; i++) {
    sum = combine(sum, evaluate(offsets_of(index * params.reduced + i)));
  }
  store(index, sum);
}
