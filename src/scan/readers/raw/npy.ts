/**
 * Patterns alone, as `numpy.save` writes them: (n, height, width), or one of (height, width). Positions come from elsewhere.
 *
 * @module
 */
import { DataError, describeShape } from "../../../common/mod.ts";
import { decodeNpyBody, npyHeaderLength, parseNpyHeader } from "../../../formats/mod.ts";
import type { ByteSource } from "../../../host/mod.ts";
import type { ForeignScan, ScanReader } from "../foreign.ts";

/** More than any header of numpy. */
const HEAD_BYTES = 1 << 16;
/** \x93NUMPY. */
const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/** NPY. */
export const npy: ScanReader = {
  format: "NPY",
  async recognises({ source }) {
    const head = await source.read(0, Math.min(6, source.size));
    return MAGIC.every((byte, k) => head[k] === byte);
  },
  async read({ source }): Promise<ForeignScan> {
    const header = await headerOf(source);
    const { shape, dtype, itemBytes, dataOffset } = header;
    const [n, height, width] = shape.length === 2 ? [1, ...shape] : shape, pixels = height * width;
    if (shape.length < 2 || shape.length > 3 || !/^(bool|u?int|float)/.test(dtype) || header.fortranOrder) {
      throw new DataError({
        file: source.name,
        found: `${dtype} of shape ${describeShape(shape)}${header.fortranOrder ? " in Fortran's order" : ""}`,
        expected: "real patterns of shape (n, height, width) in C order",
        remedy: "save them with numpy.ascontiguousarray",
      });
    }
    const expected = dataOffset + n * pixels * itemBytes;
    if (source.size < expected) {
      throw new DataError({
        file: source.name,
        found: `${source.size} bytes`,
        expected: `${expected} for ${describeShape(shape)} of ${dtype}`,
        remedy: "copy the file again",
      });
    }
    return {
      format: "NPY",
      frames: {
        ...{ n, height, width, dtype },
        async read(first, count) {
          const at = dataOffset + first * pixels * itemBytes;
          const bytes = await source.read(at, count * pixels * itemBytes);
          const part = [count, height, width];
          return { dtype, shape: part, data: decodeNpyBody({ ...header, shape: part }, bytes) };
        },
      },
      exposure: {},
      notes: [],
    };
  },
};

async function headerOf(source: ByteSource) {
  const head = await source.read(0, Math.min(HEAD_BYTES, source.size));
  const length = npyHeaderLength(head, { file: source.name });
  return parseNpyHeader(head.subarray(0, length), { file: source.name });
}
