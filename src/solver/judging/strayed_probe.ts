/**
 * Whether a probe has become another one.
 *
 * @module
 */
import { probeOverlap } from "../../physics/mod.ts";
import type { Probe } from "../../scan/mod.ts";

/** Overlap with the probe of the start, under which a solver has found another; one that was only refined has 0.6 and more. */
const STRAYED = 0.4;

/** True where no mode of `found` overlaps with the first of `given`: one of the two is wrong. */
export function hasStrayed(found: Probe, given: Probe): boolean {
  if (found.size !== given.size) return false;
  const length = 2 * given.size ** 2, first = given.data.subarray(0, length);
  const overlaps = Array.from(
    { length: found.modes },
    (_, mode) => probeOverlap(first, found.data.subarray(mode * length, (mode + 1) * length)),
  );
  return Math.max(...overlaps) < STRAYED;
}
