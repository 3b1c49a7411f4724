enable f16;

// How the operands of convolutions are held where they are multiplied: weights and activations in 16 bits. Sums stay
// in 32.

alias Weight = f16;
alias Weight4 = vec4<f16>;
alias Pixel4 = vec4<f16>;

// Values beyond the range of 16 bits become its largest rather than infinite.
fn held(pixels: vec4f) -> Pixel4 {
  return Pixel4(clamp(pixels, vec4f(-65504.0), vec4f(65504.0)));
}
