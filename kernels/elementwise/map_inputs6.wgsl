// The 6 inputs of a map or reduce program; binding 0 is the output.
@group(0) @binding(1) var<storage, read_write> input0: array<f32>;
@group(0) @binding(2) var<storage, read_write> input1: array<f32>;
@group(0) @binding(3) var<storage, read_write> input2: array<f32>;
@group(0) @binding(4) var<storage, read_write> input3: array<f32>;
@group(0) @binding(5) var<storage, read_write> input4: array<f32>;
@group(0) @binding(6) var<storage, read_write> input5: array<f32>;

fn load(slot: u32, at: u32) -> f32 {
  switch slot {
    case 0u: { return input0[at]; }
    case 1u: { return input1[at]; }
    case 2u: { return input2[at]; }
    case 3u: { return input3[at]; }
    case 4u: { return input4[at]; }
    default: { return input5[at]; }
  }
}
