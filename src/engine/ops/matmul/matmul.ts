/**
 * `matmul`: a small matrix product, for the dense layers of channel attention.
 *
 * @module
 */
import code from "../../../../kernels/matmul/matmul.wgsl" with { type: "text" };
import { cKernel } from "../../devices/wasm/c_struct.ts";
import type { Op } from "../../graph/graph.ts";
import type { NodeTypes } from "../../graph/lowering.ts";
import { check, describe, sizeOf, type TensorType } from "../../graph/types.ts";

/** Attributes of `matmul`. */
export interface MatmulAttrs {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

/** Rows, inner size and columns of op(A) op(B). */
function matmulSizes([a, b]: readonly TensorType[], attrs: MatmulAttrs): [number, number, number] {
  const [rows, inner] = attrs.transposeA ? [a.shape[1], a.shape[0]] : a.shape;
  const [innerB, columns] = attrs.transposeB ? [b.shape[1], b.shape[0]] : b.shape;
  const fits = a.shape.length === 2 && b.shape.length === 2 && inner === innerB;
  check(fits, `matmul: ${describe(a)} and ${describe(b)} do not multiply`);
  return [rows, inner, columns];
}

/** Calls of `wasm/matmul/matmul.c`. */
export const matmulKernel = cKernel("matmul", {
  out: "pointer",
  a: "pointer",
  b: "pointer",
  m: "int",
  n: "int",
  k: "int",
  a_row: "int",
  a_column: "int",
  b_row: "int",
  b_column: "int",
});

/** Strides by which op(A) and op(B) are read: of a row and of a column. */
function strides({ attrs: { transposeA, transposeB }, inputs: [a, b] }: NodeTypes<MatmulAttrs>) {
  const [a_row, a_column] = transposeA ? [1, a.shape[1]] : [a.shape[1], 1];
  const [b_row, b_column] = transposeB ? [1, b.shape[1]] : [b.shape[1], 1];
  return { a_row, a_column, b_row, b_column };
}

/** Side of the tiles of matmul.wgsl. */
const TILE = 16;

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
  lower: {
    wasm: (node) => ({
      calls({ in: [a, b], out }) {
        const [m, k, n] = matmulSizes(node.inputs, node.attrs);
        return [matmulKernel({ out, a, b, m, n, k, ...strides(node) })];
      },
    }),
    // square tiles in workgroup memory
    webgpu: (node) => ({
      calls({ in: slices, out }) {
        const [rows, inner, columns] = matmulSizes(node.inputs, node.attrs);
        const { a_row, a_column: a_inner, b_row: b_inner, b_column } = strides(node);
        return [{
          shaders: [{ name: "matmul/matmul", code }],
          entry: "matmul",
          buffers: [out, ...slices],
          params: { rows, columns, inner, a_row, a_inner, b_inner, b_column },
          workgroups: [Math.ceil(columns / TILE), Math.ceil(rows / TILE), 1],
        }];
      },
    }),
  },
};
