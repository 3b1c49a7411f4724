/**
 * Whether a probe has become another one.
 *
 * @module
 */
import type { Probe } from "../../scan/mod.ts";

/** Overlap with the probe of the start, under which a solver has found another; one that was only refined has 0.6 and more. */
const STRAYED = 0.4;

/** True where no mode of `found` overlaps with the first of `given`: one of the two is wrong. */
export function hasStrayed(found: Probe, given: Probe): boolean {
  return found.size === given.size && probeOverlap(found, given) < STRAYED;
}

/** Largest |<P, Q>| / (|P| |Q|) of the modes of `found` and the first of `given`. */
function probeOverlap(found: Probe, given: Probe): number {
  const length = 2 * given.size ** 2, first = given.data.subarray(0, length);
  const overlaps = Array.from({ length: found.modes }, (_, mode) => {
    const wave = found.data.subarray(mode * length, (mode + 1) * length);
    let [re, im] = [0, 0];
    for (let i = 0; i < length; i += 2) {
      re += first[i] * wave[i] + first[i + 1] * wave[i + 1];
      im += first[i] * wave[i + 1] - first[i + 1] * wave[i];
    }
    return Math.hypot(re, im) / Math.sqrt(power(first) * power(wave) || 1);
  });
  return Math.max(...overlaps);
}

function power(wave: Float32Array): number {
  return wave.reduce((sum, value) => sum + value * value, 0);
}
