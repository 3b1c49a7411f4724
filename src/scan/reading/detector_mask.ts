/**
 * The map of the detector's bad pixels.
 *
 * @module
 */
import { describeShape } from "../../common/mod.ts";
import { type Npz, toFloat64 } from "../../formats/mod.ts";

import type { Findings } from "./contract.ts";

/** Key of the map. */
const KEY = "mask";

/**
 * `mask` [N, N] of the file: 1 where a pixel is good, 0 where it is bad. Undefined where there is none, or no pixel is
 * bad. One that does not fit, or leaves no good pixel, is a problem.
 */
export async function readDetectorMask(
  npz: Npz,
  findings: Findings,
  size: number | undefined,
): Promise<Uint8Array | undefined> {
  if (!npz.has(KEY) || size === undefined) return undefined;
  const { shape, dtype } = npz.entry(KEY);
  const expected = `a map of the detector [${size}, ${size}], 0 where a pixel is bad`;
  const remedy = "crop the map as the patterns, or rename the key if it is something else";
  if (shape.length !== 2 || shape[0] !== size || shape[1] !== size || !/^(bool|u?int|float)/.test(dtype)) {
    findings.problem(KEY, `${dtype} of shape ${describeShape(shape)}`, expected, remedy);
    return undefined;
  }
  const values = await findings.attempt(async () => toFloat64(await npz.readArray(KEY)));
  if (!values) return undefined;
  const mask = Uint8Array.from(values, (value) => value === 0 ? 0 : 1);
  const bad = mask.reduce((count, good) => count + 1 - good, 0);
  if (bad === mask.length) findings.problem(KEY, "no good pixel", expected, remedy);
  else if (bad > 0) findings.note(`${KEY}: ${bad} bad pixels of the detector do not count`);
  return bad > 0 ? mask : undefined;
}
