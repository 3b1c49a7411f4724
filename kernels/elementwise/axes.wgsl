// Offsets of six broadcast inputs from an index over up to five axes. Each axis, innermost first, is two vectors:
// (size, strides of inputs 0..2) and (strides of inputs 3..5, 0), in elements. Needs map_vm.wgsl
// and a uniform `params` with a field `axes`.

override RANK: u32 = 1;

alias Axes = array<vec4u, 10>;

fn offsets_of(index: u32) -> Offsets {
  var rest = index;
  var at = Offsets(vec3u(0u), vec3u(0u));
  for (var axis = 0u; axis + 1u < RANK; axis++) {
    let head = params.axes[2u * axis];
    let coordinate = rest % head.x;
    rest /= head.x;
    at.first += coordinate * head.yzw;
    at.second += coordinate * params.axes[2u * axis + 1u].xyz;
  }
  at.first += rest * params.axes[2u * RANK - 2u].yzw;
  at.second += rest * params.axes[2u * RANK - 1u].xyz;
  return at;
}
