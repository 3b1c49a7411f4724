/**
 * Patches of an image and rows of a table on the CPU.
 *
 * @module
 */
import type { WasmCall } from "../../devices/calls.ts";
import type { KernelLowering } from "../../graph/op.ts";
import { type TensorType, wordsOf } from "../../graph/types.ts";

type NoAttrs = Record<never, never>;

const pixelWords = ({ dtype }: TensorType) => dtype === "c64" ? 2 : 1;
const rowWords = ({ shape, dtype }: TensorType) => wordsOf({ shape: shape.slice(1), dtype });

/** `extract`: the rows of all patches are shared out. */
export const extractWasm: KernelLowering<NoAttrs, WasmCall> = {
  calls: ({ in: [image, starts], inputs: [from], out, output }) => [{
    kernel: "extract",
    buffers: [out, image, starts],
    ints: [...output.shape, ...from.shape, pixelWords(from)],
  }],
};

/** `scatter`: the rows of the image are shared out. */
export const scatterWasm: KernelLowering<NoAttrs, WasmCall> = {
  calls: ({ in: [patches, starts], inputs: [from], out, output }) => [{
    kernel: "scatter",
    buffers: [out, patches, starts],
    ints: [...from.shape, ...output.shape, pixelWords(from)],
  }],
};

/** `take`: one copy for each row. */
export const takeWasm: KernelLowering<NoAttrs, WasmCall> = {
  calls: ({ in: [table, numbers], inputs: [from], out, output }) => [{
    kernel: "take",
    buffers: [out, table, numbers],
    ints: [output.shape[0], from.shape[0], rowWords(from)],
  }],
};

/** `put`: one copy for each row. */
export const putWasm: KernelLowering<NoAttrs, WasmCall> = {
  calls: ({ in: [table, rows, numbers], inputs: [to, from] }) => [{
    kernel: "put",
    buffers: [table, rows, numbers],
    ints: [from.shape[0], to.shape[0], rowWords(to)],
  }],
};
