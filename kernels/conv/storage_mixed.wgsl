enable f16;

// How the operands of convolutions of gradients are held where they are multiplied: weights in 16 bits, gradients in
// 32, since most of them are smaller than the smallest number of 16 bits.

alias Weight = f16;
alias Weight4 = vec4<f16>;
alias Pixel4 = vec4f;

fn held(pixels: vec4f) -> Pixel4 {
  return pixels;
}
