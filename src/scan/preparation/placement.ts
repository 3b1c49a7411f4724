/**
 * Which part of a detector's frames is taken: the zero frequency comes to index N/2 of a pattern.
 *
 * @module
 */
import { DataError } from "../../common/mod.ts";
import { toFloat32 } from "../../formats/mod.ts";
import type { PrepareOptions } from "../hints.ts";
import { spreadSample } from "../mean_pattern.ts";
import type { ForeignScan, Frames } from "../readers/foreign.ts";

/** Frames whose centre of mass is taken. */
const MASS_OF = 64;

/** Largest side of a pattern. */
const MOST_SIDE = 1024;

/**
 * Side of a pattern in pixels of it: as asked for; as that of the probe; as that of the frames; where these are no square,
 * or the zero frequency is not in their middle, the largest around it whose transforms are fast. Throws `DataError` for a
 * side that the frames have not.
 */
export function sizeOf(
  { frames, probe, exposure: { centre } }: ForeignScan,
  { patternSize, bin = 1, pad }: PrepareOptions,
  file: string,
): number {
  const { height, width } = frames;
  const largest = Math.floor(Math.min(height, width) / bin);
  if (patternSize !== undefined) {
    if (patternSize <= largest || pad) return patternSize;
    throw new DataError({
      file,
      key: "frames",
      found: `${height} x ${width} pixels${bin > 1 ? ` in bins of ${bin}` : ""}`,
      expected: `at least ${patternSize * bin} x ${patternSize * bin}, as --pattern-size says`,
      remedy: "ask for a smaller pattern, or fill it up with --pad",
    });
  }
  if (probe && probe.size % bin === 0 && probe.size / bin <= largest) return probe.size / bin;
  const [row, column] = (centre ?? [height / 2, width / 2]).map(Math.round);
  const around = 2 * Math.floor(Math.min(row, height - row, column, width - column) / bin);
  const whole = height === width && around === largest && largest <= MOST_SIDE;
  return whole || around < 2 ? largest - largest % 2 : fastSide(Math.min(around, MOST_SIDE));
}

/** True for an even number without a prime factor above 7. */
export function isFast(side: number): boolean {
  let rest = side;
  for (const prime of [2, 3, 5, 7]) while (rest % prime === 0 && rest > 1) rest /= prime;
  return side % 2 === 0 && rest === 1;
}

/** The largest such number up to one. */
export function fastSide(most: number): number {
  let side = most - most % 2;
  while (side > 2 && !isFast(side)) side -= 2;
  return side;
}

/** First row and column that are taken. Throws `DataError` where that lies outside and is not to be filled up. */
export function cornerOf(
  { frames, exposure: { centre } }: ForeignScan,
  { size, bin = 1, pad, file }: Pick<PrepareOptions, "bin" | "pad"> & {
    readonly size: number;
    readonly file: string;
  },
): [number, number] {
  const middle = centre ?? [frames.height / 2, frames.width / 2];
  const half = size * bin / 2, sides = [frames.height, frames.width];
  const corner = middle.map((at) => Math.round(at) - half) as [number, number];
  const outside = corner.some((at, axis) => at < 0 || at + 2 * half > sides[axis]);
  const inside = middle.every((at, axis) => at >= 0 && at < sides[axis]);
  if (!outside || (pad && inside)) return corner;
  throw new DataError({
    file,
    key: "centre",
    found: `(${middle.map((value) => Number(value.toFixed(2))).join(", ")}) in frames of ${
      sides.join(" x ")
    }`,
    expected: inside ? `${half} pixels on each side of it` : "a place in the frame",
    remedy: inside
      ? "ask for a smaller pattern with --pattern-size, give the centre with --centre, or fill up with --pad"
      : "give the centre with --centre",
  });
}

/** Row and column of the light's centre of mass over a sample of the frames, above the median pixel. */
export async function centreOfMass(frames: Frames, bad?: Uint8Array): Promise<readonly [number, number]> {
  const { height, width } = frames, mean = new Float64Array(height * width);
  for (const index of spreadSample(frames.n, MASS_OF)) {
    const values = toFloat32(await frames.read(index, 1));
    for (let pixel = 0; pixel < mean.length; pixel++) {
      if (!bad?.[pixel] && Number.isFinite(values[pixel])) mean[pixel] += values[pixel];
    }
  }
  const floor = mean.slice().sort()[mean.length >> 1];
  let [total, row, column] = [0, 0, 0];
  for (let pixel = 0; pixel < mean.length; pixel++) {
    const light = Math.max(0, mean[pixel] - floor);
    total += light;
    row += light * Math.floor(pixel / width);
    column += light * (pixel % width);
  }
  return total > 0 ? [row / total, column / total] : [height / 2, width / 2];
}
