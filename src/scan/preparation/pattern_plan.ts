/**
 * From the frame of a detector to a pattern: dark and flat field, crop or pad around the zero frequency, bins, turns.
 *
 * @module
 */
import { turned } from "../turned.ts";

/** How frames become patterns. */
export interface PatternPlan {
  /** Height and width of a frame. */
  readonly height: number;
  readonly width: number;
  /** N. */
  readonly size: number;
  /** Detector pixels along each axis whose counts are added up to one. */
  readonly bin: number;
  /** First row and column of a frame that is taken; what lies outside the frame is 0. */
  readonly row: number;
  readonly column: number;
  readonly orientation: number;
  /** The zero frequency is brought from index 0 to N/2. */
  readonly zeroAtCorner: boolean;
  /** Frames hold square roots of counts; so do the patterns. */
  readonly amplitude: boolean;
  /** Counts of each pixel without light, (height, width) or of all alike. */
  readonly dark?: Float32Array | number;
  /** 1 / sensitivity of each pixel, (height, width). */
  readonly gain?: Float32Array;
}

/** True where patterns are not whole numbers of the type of the frames. */
export function changesCounts({ bin, dark, gain }: PatternPlan): boolean {
  return bin > 1 || dark !== undefined || gain !== undefined;
}

/** True where frames are patterns as they are. */
export function isWhole(plan: PatternPlan): boolean {
  const { size, height, width, row, column, orientation, zeroAtCorner } = plan;
  return size === height && size === width && row === 0 && column === 0 && orientation === 0 &&
    !zeroAtCorner && !changesCounts(plan);
}

/** Makes the pattern of a frame; NaN and infinite values, which stand for bad pixels, become 0. */
export function patternOf(frame: Float32Array, plan: PatternPlan): Float32Array {
  const { size, amplitude } = plan;
  const out = new Float32Array(size * size);
  if (!changesCounts(plan)) {
    eachPixel(plan, (to, from) => {
      if (Number.isFinite(frame[from])) out[to] = frame[from];
    });
    return arranged(out, plan);
  }
  const counts = corrected(frame, plan);
  eachPixel(plan, (to, from) => {
    if (Number.isFinite(counts[from])) out[to] += counts[from];
  });
  if (amplitude) { for (let k = 0; k < out.length; k++) out[k] = Math.sqrt(out[k]); }
  return arranged(out, plan);
}

/** The frame as counts above the dark ones, as a detector of equal sensitivity sees them; none is negative. */
function corrected(frame: Float32Array, { amplitude, dark = 0, gain }: PatternPlan): Float32Array {
  return frame.map((value, pixel) => {
    const counts = amplitude ? value ** 2 : value;
    return Math.max(0, counts - (typeof dark === "number" ? dark : dark[pixel])) * (gain?.[pixel] ?? 1);
  });
}

/** The map of a frame's good pixels (1) as that of the pattern: a bin is good where all of it is, nothing outside is. */
export function maskOfPattern(good: Uint8Array, plan: PatternPlan): Uint8Array {
  const found = new Uint16Array(plan.size ** 2);
  eachPixel(plan, (to, from) => found[to] += good[from]);
  return arranged(Uint8Array.from(found, (count) => count === plan.bin ** 2 ? 1 : 0), plan);
}

/** Calls with the index in a pattern, as yet not turned, for each pixel of the frame that is taken. */
function eachPixel(
  { height, width, size, bin, row, column }: PatternPlan,
  visit: (to: number, from: number) => void,
): void {
  const side = size * bin;
  for (let r = Math.max(0, -row); r < Math.min(side, height - row); r++) {
    for (let c = Math.max(0, -column); c < Math.min(side, width - column); c++) {
      visit(
        Math.floor(r / bin) * size + Math.floor(c / bin),
        (row + r) * width + column + c,
      );
    }
  }
}

function arranged<Values extends Float32Array | Uint8Array>(
  pattern: Values,
  { size, orientation, zeroAtCorner }: PatternPlan,
): Values {
  return turned(zeroAtCorner ? centred(pattern, size) : pattern, { size, orientation });
}

/** Brings the zero frequency from index 0 to N/2. */
function centred<Values extends Float32Array | Uint8Array>(pattern: Values, size: number): Values {
  const out = pattern.slice() as Values;
  const half = size / 2;
  for (let r = 0; r < size; r++) {
    for (let c = 0; c < size; c++) {
      out[((r + half) % size) * size + (c + half) % size] = pattern[r * size + c];
    }
  }
  return out;
}
