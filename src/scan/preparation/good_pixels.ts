/**
 * Which pixels of a detector count.
 *
 * @module
 */
import { DataError } from "../../common/mod.ts";
import { toFloat64 } from "../../formats/mod.ts";
import type { PrepareOptions } from "../hints.ts";
import { spreadSample } from "../mean_pattern.ts";
import type { ForeignScan, Frames } from "../readers/foreign.ts";
import { maskOfPattern, type PatternPlan } from "./pattern_plan.ts";

/** Largest values of the types of detectors; pixels that are bad hold them. */
const TOP: Readonly<Record<string, number>> = {
  uint8: 0xff,
  uint16: 0xffff,
  uint32: 0xffffffff,
  int32: 0x7fffffff,
};
/** Frames that are looked at for saturated pixels. */
const SATURATED_IN = 256;

/** What says that a pixel does not count. */
export interface PixelRules extends Pick<PrepareOptions, "saturation" | "beamStopPx" | "badPixels"> {
  readonly plan: PatternPlan;
  /** 0 where a pixel of the frame does not count, (height, width), as a user gives it. */
  readonly map?: Float32Array;
  /** Relative sensitivity of the pixels; those without any do not count. */
  readonly flat?: Float32Array;
  readonly file: string;
}

/** The map of a pattern's good pixels (1), (N, N); undefined where all are. */
export async function goodPixels(
  { frames, badPixels }: ForeignScan,
  { plan, map, flat, saturation, beamStopPx, badPixels: named = [], file }: PixelRules,
): Promise<Uint8Array | undefined> {
  const good = await goodOfFrame(frames, saturation);
  for (let pixel = 0; pixel < good.length; pixel++) {
    if (badPixels?.[pixel] || map?.[pixel] === 0 || (flat && !(flat[pixel] > 0))) good[pixel] = 0;
  }
  const mask = maskOfPattern(good, plan), { size } = plan;
  if (beamStopPx !== undefined) {
    for (let pixel = 0; pixel < mask.length; pixel++) {
      const row = Math.floor(pixel / size) - size / 2, column = pixel % size - size / 2;
      if (Math.hypot(row, column) <= beamStopPx) mask[pixel] = 0;
    }
  }
  for (const [row, column] of named) {
    if (!(row >= 0 && row < size && column >= 0 && column < size)) {
      throw new DataError({
        file,
        key: "--bad-pixels",
        found: `${row},${column}`,
        expected: `rows and columns of the pattern, 0 to ${size - 1}`,
        remedy: "correct them",
      });
    }
    mask[row * size + column] = 0;
  }
  if (!mask.includes(1)) {
    throw new DataError({
      file,
      key: "detector",
      found: "no pixel of the pattern that counts",
      expected: "some",
      remedy: "look at --mask (0 is bad), --saturation, --beam-stop, --flat and the centre",
    });
  }
  return mask.includes(0) ? mask : undefined;
}

/** Pixels of a frame that are neither saturated nor, in the first frame, NaN or at the largest value of their type. */
async function goodOfFrame(frames: Frames, saturation: number | undefined): Promise<Uint8Array> {
  const good = new Uint8Array(frames.height * frames.width).fill(1);
  const leave = (values: Float64Array, from: number) => {
    for (let pixel = 0; pixel < good.length; pixel++) {
      if (values[pixel] >= from || Number.isNaN(values[pixel])) good[pixel] = 0;
    }
  };
  leave(toFloat64(await frames.read(0, 1)), TOP[String(frames.dtype)] ?? Infinity);
  if (saturation !== undefined) {
    for (const index of spreadSample(frames.n, SATURATED_IN)) {
      leave(toFloat64(await frames.read(index, 1)), saturation);
    }
  }
  return good;
}
