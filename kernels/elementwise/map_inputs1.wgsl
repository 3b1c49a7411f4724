// The 1 input of a map or reduce program; binding 0 is the output.
@group(0) @binding(1) var<storage, read_write> input0: array<f32>;

fn load(slot: u32, at: u32) -> f32 {
  return input0[at];
}
