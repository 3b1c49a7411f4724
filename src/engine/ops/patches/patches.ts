/**
 * `extract` and `scatter`: patches cut from an image at whole pixels, and their adjoint.
 *
 * @module
 */
import type { Op } from "../../graph/graph.ts";
import { extractWasm, scatterWasm } from "./patches_wasm.ts";
import { extractWebgpu, scatterWebgpu } from "./patches_webgpu.ts";
import { check, describe, sizeOf, type TensorType } from "../../graph/types.ts";

/** Size of what comes out: of the patches (`extract`) or of the image (`scatter`). */
export interface PatchAttrs {
  readonly height: number;
  readonly width: number;
}

function checkStarts(name: string, starts: TensorType): number {
  check(
    starts.shape.length === 2 && starts.shape[1] === 2 && starts.dtype === "f32",
    `${name}: starts are f32[n,2], not ${describe(starts)}`,
  );
  return starts.shape[0];
}

/** Visits each pixel that a patch and the image share: its places in the stack of patches and in the image. */
function forEachShared(
  starts: Float64Array,
  { patch: [n, height, width], image: [rows, columns] }: {
    patch: readonly number[];
    image: readonly number[];
  },
  visit: (inPatches: number, inImage: number) => void,
): void {
  for (let k = 0; k < n; k++) {
    const [x, y] = [Math.floor(starts[2 * k] + 0.5), Math.floor(starts[2 * k + 1] + 0.5)];
    for (let r = Math.max(0, -y); r < Math.min(height, rows - y); r++) {
      for (let c = Math.max(0, -x); c < Math.min(width, columns - x); c++) {
        visit((k * height + r) * width + c, (y + r) * columns + x + c);
      }
    }
  }
}

function copy(
  { from, to, words, add }: { from: Float64Array; to: Float64Array; words: number; add: boolean },
) {
  return (source: number, target: number) => {
    for (let w = 0; w < words; w++) {
      const value = from[source * words + w];
      to[target * words + w] = add ? to[target * words + w] + value : value;
    }
  };
}

const wordsOf = (type: TensorType) => type.dtype === "c64" ? 2 : 1;

/**
 * Inputs image [h,w] and starts [n,2] as (x, y), rounded to whole pixels. The result [n,H,W] at (k, y, x) is the image
 * at (y + starts_ky, x + starts_kx), 0 outside.
 */
export const extract: Op<PatchAttrs> = {
  name: "extract",
  infer([image, starts], { height, width }) {
    const n = checkStarts("extract", starts);
    check(image.shape.length === 2, `extract takes an image [h,w], not ${describe(image)}`);
    return { shape: [n, height, width], dtype: image.dtype };
  },
  gradient({ inputs: [image, starts], needs }, upstream, f) {
    check(!needs[1], "extract has no gradient with respect to its starts; put a stopGradient around them");
    const [height, width] = image.shape;
    return [f.fit(f.scatter(upstream, { starts, height, width }), image), undefined];
  },
  reference([image, starts], output, { inputs: [from], output: to }) {
    const put = copy({ from: image, to: output, words: wordsOf(from), add: false });
    forEachShared(starts, { patch: to.shape, image: from.shape }, (patch, at) => put(at, patch));
  },
  flops: () => 0,
  lower: { wasm: extractWasm, webgpu: extractWebgpu },
};

/**
 * Inputs patches [n,H,W] and starts [n,2]. The result [h,w] is the sum of all patches in their places, taken for each
 * pixel in the order of the patches; what lies outside is left out. The adjoint of `extract`.
 */
export const scatter: Op<PatchAttrs> = {
  name: "scatter",
  infer([patches, starts], { height, width }) {
    const n = checkStarts("scatter", starts);
    const fits = patches.shape.length === 3 && patches.shape[0] === n;
    check(fits, `scatter: ${n} starts do not fit patches ${describe(patches)}`);
    return { shape: [height, width], dtype: patches.dtype };
  },
  gradient({ inputs: [patches, starts], needs }, upstream, f) {
    check(!needs[1], "scatter has no gradient with respect to its starts; put a stopGradient around them");
    const [, height, width] = patches.shape;
    return [f.fit(f.extract(upstream, { starts, height, width }), patches), undefined];
  },
  reference([patches, starts], output, { inputs: [from], output: to }) {
    const add = copy({ from: patches, to: output, words: wordsOf(from), add: true });
    forEachShared(starts, { patch: from.shape, image: to.shape }, (patch, at) => add(patch, at));
  },
  flops: ({ inputs: [patches] }) => sizeOf(patches.shape),
  lower: { wasm: scatterWasm, webgpu: scatterWebgpu },
};
