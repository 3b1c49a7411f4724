// The activations that convolutions apply before they store. Needs elementary.wgsl.

override ACTIVATION: u32 = 0; // none, relu, silu, sigmoid, tanh

fn activate(x: f32) -> f32 {
  switch ACTIVATION {
    case 1u: { return max(x, 0.0); }
    case 2u: { return x * sigmoid(x); }
    case 3u: { return sigmoid(x); }
    case 4u: { return tanh_accurate(x); }
    default: { return x; }
  }
}
