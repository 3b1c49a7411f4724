/**
 * `translate`: images moved by sub-pixel offsets.
 *
 * @module
 */
import code from "../../../../kernels/patches/translate.wgsl" with { type: "text" };
import { cKernel } from "../../devices/wasm/c_struct.ts";
import { elementGrid } from "../../devices/webgpu/grid.ts";
import type { Op } from "../../graph/graph.ts";
import type { LowerWasm, LowerWebgpu } from "../../graph/lowering.ts";
import { check, describe, sizeOf } from "../../graph/types.ts";

/** Attributes of `translate`. */
export interface TranslateAttrs {
  readonly sign: 1 | -1;
  readonly height: number;
  readonly width: number;
}

const kernel = cKernel("translate", {
  out: "pointer",
  image: "pointer",
  offsets: "pointer",
  images: "int",
  height: "int",
  width: "int",
  count: "int",
  out_height: "int",
  out_width: "int",
  sign: "int",
  words: "int",
});

const wasm: LowerWasm<TranslateAttrs> = ({ inputs: [from], output, attrs: { sign } }) => ({
  calls({ in: [image, offsets], out }) {
    const [images, height, width] = from.shape;
    const [count, out_height, out_width] = output.shape;
    const sizes = { images, height, width, count, out_height, out_width };
    return [kernel({ out, image, offsets, ...sizes, sign, words: from.dtype === "c64" ? 2 : 1 })];
  },
});

/** An invocation for each element of the output gathers four pixels. */
const webgpu: LowerWebgpu<TranslateAttrs> = ({ inputs: [from], output, attrs: { sign } }) => ({
  calls({ in: slices, out }) {
    const count = sizeOf(output.shape);
    const { width, workgroups } = elementGrid(count);
    const [images, image_rows, image_columns] = from.shape;
    const [, rows, columns] = output.shape;
    const image_stride = images === 1 ? 0 : image_rows * image_columns;
    return [{
      shaders: [{ name: "patches/translate", code }],
      entry: "translate",
      constants: { WORDS: from.dtype === "c64" ? 2 : 1 },
      buffers: [out, ...slices],
      params: { count, width, rows, columns, image_rows, image_columns, image_stride, sign },
      workgroups,
    }];
  },
});

/**
 * Inputs image [n,h,w] (or [1,h,w] for all offsets) and offsets [n,2] as (x, y) in pixels. The result at (y, x) is
 * the image sampled bilinearly at (y - sign oy - (H-h)/2, x - sign ox - (W-w)/2), zero outside. The adjoint of a
 * bilinear translation is the translation back, with the sizes exchanged.
 */
export const translate: Op<TranslateAttrs> = {
  name: "translate",
  infer([image, offsets], { height, width }) {
    const [n, h, w] = image.shape;
    const fits = offsets.shape.length === 2 && offsets.shape[1] === 2 && (n === 1 || n === offsets.shape[0]);
    check(fits, `translate: offsets ${describe(offsets)} do not fit ${describe(image)}`);
    check(
      (height - h) % 2 === 0 && (width - w) % 2 === 0,
      `translate: ${h} x ${w} has no centre in ${height} x ${width}`,
    );
    return { shape: [offsets.shape[0], height, width], dtype: image.dtype };
  },
  gradient({ inputs: [image, offsets], needs, attrs: { sign } }, upstream, f) {
    check(!needs[1], "translate has no gradient with respect to its offsets; put a stopGradient around them");
    const [, height, width] = image.shape;
    const back = f.translate(upstream, { offsets, sign: sign === 1 ? -1 : 1, height, width });
    return [f.fit(back, image), undefined];
  },
  reference([image, offsets], output, { inputs: [from], output: to, attrs: { sign } }) {
    const words = from.dtype === "c64" ? 2 : 1;
    const [images, h, w] = from.shape;
    const [n, height, width] = to.shape;
    for (let k = 0; k < n; k++) {
      const base = images === 1 ? 0 : k * h * w;
      for (let y = 0; y < height; y++) {
        const sy = y - sign * offsets[2 * k + 1] - (height - h) / 2;
        const [y0, fy] = [Math.floor(sy), sy - Math.floor(sy)];
        for (let x = 0; x < width; x++) {
          const sx = x - sign * offsets[2 * k] - (width - w) / 2;
          const [x0, fx] = [Math.floor(sx), sx - Math.floor(sx)];
          for (let corner = 0; corner < 4; corner++) {
            const [yy, xx] = [y0 + (corner >> 1), x0 + (corner & 1)];
            if (yy < 0 || yy >= h || xx < 0 || xx >= w) continue;
            const weight = (corner >> 1 ? fy : 1 - fy) * (corner & 1 ? fx : 1 - fx);
            for (let part = 0; part < words; part++) {
              const value = image[(base + yy * w + xx) * words + part];
              output[((k * height + y) * width + x) * words + part] += weight * value;
            }
          }
        }
      }
    }
  },
  flops: ({ output }) => 8 * sizeOf(output.shape),
  lower: { wasm, webgpu },
};
