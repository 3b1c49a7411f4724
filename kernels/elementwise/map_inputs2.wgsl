// The 2 inputs of a map or reduce program; binding 0 is the output.
@group(0) @binding(1) var<storage, read_write> input0: array<f32>;
@group(0) @binding(2) var<storage, read_write> input1: array<f32>;

fn load(slot: u32, at: u32) -> f32 {
  switch slot {
    case 0u: { return input0[at]; }
    default: { return input1[at]; }
  }
}
