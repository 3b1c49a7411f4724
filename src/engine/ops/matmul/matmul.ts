/**
 * `matmul`: a small matrix product, for the dense layers of channel attention.
 *
 * @module
 */
import { matmulWasm } from "../structure_wasm.ts";
import { matmulWebgpu } from "../structure_webgpu.ts";
import type { Op } from "../../graph/op.ts";
import { check, describe, sizeOf, type TensorType } from "../../graph/types.ts";

/** Attributes of `matmul`. */
export interface MatmulAttrs {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

/** Rows, inner size and columns of op(A) op(B). */
export function matmulSizes([a, b]: readonly TensorType[], attrs: MatmulAttrs): [number, number, number] {
  const [rows, inner] = attrs.transposeA ? [a.shape[1], a.shape[0]] : a.shape;
  const [innerB, columns] = attrs.transposeB ? [b.shape[1], b.shape[0]] : b.shape;
  const fits = a.shape.length === 2 && b.shape.length === 2 && inner === innerB;
  check(fits, `matmul: ${describe(a)} and ${describe(b)} do not multiply`);
  return [rows, inner, columns];
}

/** op(A) op(B) of 2-D tensors. */
export const matmul: Op<MatmulAttrs> = {
  name: "matmul",
  infer(inputs, attrs) {
    const [rows, , columns] = matmulSizes(inputs, attrs);
    return { shape: [rows, columns], dtype: "f32" };
  },
  gradient({ inputs: [a, b], attrs: { transposeA, transposeB } }, g, f) {
    return [
      transposeA
        ? f.matmul(b, g, { transposeA: transposeB, transposeB: true })
        : f.matmul(g, b, { transposeB: !transposeB }),
      transposeB
        ? f.matmul(g, a, { transposeA: true, transposeB: transposeA })
        : f.matmul(a, g, { transposeA: !transposeA }),
    ];
  },
  reference([a, b], output, { inputs, attrs }) {
    const [rows, inner, columns] = matmulSizes(inputs, attrs);
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) {
        for (let k = 0; k < inner; k++) {
          const left = attrs.transposeA ? a[k * rows + i] : a[i * inner + k];
          output[i * columns + j] += left * (attrs.transposeB ? b[j * inner + k] : b[k * columns + j]);
        }
      }
    }
  },
  flops({ inputs, output, attrs }) {
    return 2 * sizeOf(output.shape) * matmulSizes(inputs, attrs)[1];
  },
  lower: { wasm: matmulWasm, webgpu: matmulWebgpu },
};
