/**
 * `fft2`: orthonormal two-dimensional Fourier transform over the last two axes.
 *
 * @module
 */
import type { Op } from "../../graph/graph.ts";
import { check, describe, planesOf } from "../../graph/types.ts";
import type { Fft2Attrs } from "./fft2_attributes.ts";
import { fft2Wasm } from "./fft2_wasm.ts";
import { fft2Webgpu } from "./fft2_webgpu.ts";
import { fft2InPlace } from "./fft_reference.ts";

/** Its adjoint is the transform in the other direction. */
export const fft2: Op<Fft2Attrs> = {
  name: "fft2",
  infer([x]) {
    check(x.dtype === "c64" && x.shape.length >= 2, `fft2 takes c64[...,H,W], not ${describe(x)}`);
    const even = x.shape.slice(-2).every((n) => n % 2 === 0);
    check(even, `fft2 takes even sizes, not ${describe(x)}`);
    return x;
  },
  gradient: ({ attrs: { inverse, shift } }, upstream, f) => [f.fft2(upstream, { inverse: !inverse, shift })],
  reference([x], output, { output: { shape }, attrs }) {
    const [planes, height, width] = planesOf(shape);
    const words = 2 * height * width;
    for (let p = 0; p < planes; p++) {
      const plane = x.slice(p * words, (p + 1) * words);
      fft2InPlace(plane, { height, width, ...attrs });
      output.set(plane, p * words);
    }
  },
  flops({ output: { shape } }) {
    const [planes, height, width] = planesOf(shape);
    return 5 * planes * height * width * Math.log2(height * width);
  },
  lower: { wasm: fft2Wasm, webgpu: fft2Webgpu },
};
