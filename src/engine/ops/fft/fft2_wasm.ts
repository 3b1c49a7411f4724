/**
 * `fft2` on the CPU.
 *
 * @module
 */
import { cKernel } from "../../devices/wasm/c_struct.ts";
import type { LowerWasm } from "../../graph/lowering.ts";
import { planesOf } from "../../graph/types.ts";
import type { Fft2Attrs } from "./fft2_attributes.ts";

/** The last field, `plans`, is filled in when the call is prepared. */
const kernel = cKernel("fft2", {
  out: "pointer",
  in: "pointer",
  planes: "int",
  height: "int",
  width: "int",
  inverse: "int",
  shift: "int",
  part: "int",
});

/** Elements of a plane that one thread transforms as a whole (`SMALL` of `wasm/fft/fft2.c`). */
const SMALL_PLANE = 64 * 64;

/** The parts of a transform, as `wasm/fft/fft2.c` counts them. */
const PART = { whole: 0, rows: 1, columns: 2 };

function algorithmOf(height: number, width: number): string {
  const power = (n: number) => n >= 8 && (n & (n - 1)) === 0;
  if (height * width <= SMALL_PLANE) return "fftw planes";
  return power(height) && power(width) ? "four lines" : "fftw lines";
}

/**
 * One call that gives each thread whole planes, or where those do not come out even two calls, for the rows and for the
 * columns, that cut every plane up. The arithmetic is the same.
 */
export const fft2Wasm: LowerWasm<Fft2Attrs> = ({ output, attrs: { inverse, shift } }, { threads }) => {
  const [planes, height, width] = planesOf(output.shape);
  const uneven = planes % threads > 0 && planes < 4 * threads && height * width > SMALL_PLANE;
  const parts = uneven ? [PART.rows, PART.columns] : [PART.whole];
  return {
    algorithm: algorithmOf(height, width),
    calls: ({ in: [x], out }) =>
      parts.map((part) =>
        kernel({ out, in: x, planes, height, width, inverse: Number(inverse), shift: Number(shift), part })
      ),
  };
};
