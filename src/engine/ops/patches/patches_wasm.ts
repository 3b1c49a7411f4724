/**
 * `extract` and `scatter` on the CPU.
 *
 * @module
 */
import { cKernel } from "../../devices/wasm/c_struct.ts";
import type { LowerWasm } from "../../graph/lowering.ts";
import type { TensorType } from "../../graph/types.ts";

type AnyAttrs = unknown;

const SIZES = {
  count: "int",
  height: "int",
  width: "int",
  image_height: "int",
  image_width: "int",
  words: "int",
} as const;
const extractKernel = cKernel("extract", { out: "pointer", image: "pointer", starts: "pointer", ...SIZES });
const scatterKernel = cKernel("scatter", { out: "pointer", patches: "pointer", starts: "pointer", ...SIZES });

function sizesOf(patches: TensorType, image: TensorType) {
  const [count, height, width] = patches.shape;
  const [image_height, image_width] = image.shape;
  return { count, height, width, image_height, image_width, words: image.dtype === "c64" ? 2 : 1 };
}

/** Shares out the rows of all patches. */
export const extractWasm: LowerWasm<AnyAttrs> = ({ inputs: [from], output: patches }) => ({
  calls: ({ in: [image, starts], out }) => [extractKernel({ out, image, starts, ...sizesOf(patches, from) })],
});

/** Shares out the rows of the image. */
export const scatterWasm: LowerWasm<AnyAttrs> = ({ inputs: [from], output: image }) => ({
  calls: (
    { in: [patches, starts], out },
  ) => [scatterKernel({ out, patches, starts, ...sizesOf(from, image) })],
});
