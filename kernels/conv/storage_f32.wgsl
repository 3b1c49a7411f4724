// How the operands of convolutions are held where they are multiplied: all in 32 bits.

alias Weight = f32;
alias Weight4 = vec4f;
alias Pixel4 = vec4f;

fn held(pixels: vec4f) -> Pixel4 {
  return pixels;
}
