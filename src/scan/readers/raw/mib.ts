/**
 * Frames of a Merlin detector, `.mib`: each a header in ASCII and counts in big-endian order.
 *
 * @module
 */
import { DataError } from "../../../common/mod.ts";
import type { NpyDType } from "../../../formats/mod.ts";
import type { ForeignScan, ScanReader } from "../foreign.ts";

const TYPES: Readonly<Record<string, { readonly dtype: NpyDType; readonly bytes: 1 | 2 | 4 }>> = {
  U08: { dtype: "uint8", bytes: 1 },
  U16: { dtype: "uint16", bytes: 2 },
  U32: { dtype: "uint32", bytes: 4 },
};

/** Merlin. */
export const mib: ScanReader = {
  format: "MIB",
  async recognises({ source, hdf5 }) {
    return hdf5 === undefined && source.size > 384 && /^MQ1,/.test(text(await source.read(0, 4)));
  },
  async read({ source }): Promise<ForeignScan> {
    const fields = text(await source.read(0, 384)).split(",");
    const [header, width, height] = [fields[2], fields[4], fields[5]].map(Number);
    const type = TYPES[fields[6]?.trim()];
    if (!type || ![header, width, height].every((value) => Number.isInteger(value) && value > 0)) {
      throw new DataError({
        file: source.name,
        key: "header",
        found: `${fields[6]} of ${fields[4]} x ${fields[5]} behind ${fields[2]} bytes`,
        expected: `counts of ${Object.keys(TYPES).join(", ")}`,
        remedy: "save the frames as counts, not in the detector's raw format",
      });
    }
    const frame = header + width * height * type.bytes;
    return {
      format: "MIB",
      frames: {
        n: Math.floor(source.size / frame),
        height,
        width,
        dtype: type.dtype,
        async read(first, count) {
          const bytes = await source.read(first * frame, count * frame);
          const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
          const data = new Float32Array(count * width * height);
          for (let k = 0; k < count; k++) {
            // rows lie from the bottom to the top
            for (let r = 0; r < height; r++) {
              const from = k * frame + header + (height - 1 - r) * width * type.bytes;
              for (let c = 0; c < width; c++) {
                const at = from + c * type.bytes;
                data[(k * height + r) * width + c] = type.bytes === 1
                  ? view.getUint8(at)
                  : type.bytes === 2
                  ? view.getUint16(at)
                  : view.getUint32(at);
              }
            }
          }
          return { dtype: "float32", shape: [count, height, width], data };
        },
      },
      exposure: {},
      notes: ["rows flipped: they lie from the bottom to the top"],
    };
  },
};

function text(bytes: Uint8Array): string {
  return new TextDecoder("latin1").decode(bytes);
}
