/**
 * Patches of an image and rows of a table on WebGPU.
 *
 * @module
 */
import { sizeOf, type TensorType, wordsOf } from "../../graph/types.ts";
import { elementGrid, type WebgpuLowering } from "../lowering_webgpu.ts";

type NoAttrs = Record<never, never>;

/** Side of the tiles of the image that `scatter` of patches.wgsl fills. */
const TILE = 16;

const pixelWords = ({ dtype }: TensorType) => dtype === "c64" ? 2 : 1;
const rowWords = ({ shape, dtype }: TensorType) => wordsOf({ shape: shape.slice(1), dtype });

/** An invocation for each pixel of the patches. */
export const extractWebgpu: WebgpuLowering<NoAttrs> = {
  calls({ in: [image, starts], inputs: [from], out, output }) {
    const { width, workgroups } = elementGrid(sizeOf(output.shape));
    return [{
      shaders: ["patches"],
      entry: "extract",
      constants: { WORDS: pixelWords(from) },
      buffers: [out, image, starts],
      ints: [...output.shape, ...from.shape, width],
      workgroups,
    }];
  },
};

/** A workgroup for each tile of the image. */
export const scatterWebgpu: WebgpuLowering<NoAttrs> = {
  calls({ in: [patches, starts], inputs: [from], out, output }) {
    const [rows, columns] = output.shape;
    return [{
      shaders: ["patches"],
      entry: "scatter",
      constants: { WORDS: pixelWords(from) },
      buffers: [out, patches, starts],
      ints: [...from.shape, rows, columns, 0],
      workgroups: [Math.ceil(columns / TILE), Math.ceil(rows / TILE), 1],
    }];
  },
};

/** An invocation for each word. */
export const takeWebgpu: WebgpuLowering<NoAttrs> = {
  calls({ in: [table, numbers], inputs: [from], out, output }) {
    const { width, workgroups } = elementGrid(wordsOf(output));
    return [{
      shaders: ["rows"],
      entry: "take",
      buffers: [out, table, numbers],
      ints: [output.shape[0], from.shape[0], rowWords(from), width],
      workgroups,
    }];
  },
};

/** An invocation for each word. */
export const putWebgpu: WebgpuLowering<NoAttrs> = {
  calls({ in: [table, rows, numbers], inputs: [to, from] }) {
    const { width, workgroups } = elementGrid(wordsOf(from));
    return [{
      shaders: ["rows"],
      entry: "put",
      buffers: [table, rows, numbers],
      ints: [from.shape[0], to.shape[0], rowWords(to), width],
      workgroups,
    }];
  },
};
