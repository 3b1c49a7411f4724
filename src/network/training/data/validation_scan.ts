/**
 * Another scan to judge a training run by. Its patterns and positions count; the probe and the frozen quantities are
 * those of the training scan.
 *
 * @module
 */
import { DataError } from "../../../common/mod.ts";
import { type GroupOptions, type Groups, makeGroups, type Scan, type ScanSet } from "../../../scan/mod.ts";

/** Groups enough to see every pattern once on average. Throws as `makeGroups` does. */
export function validationGroups(
  { n, positionsPx, source }: Scan,
  { size, neighborCount, seed }: Pick<GroupOptions, "size" | "neighborCount" | "seed">,
): Groups {
  const nGroups = Math.max(1, Math.round(n / size));
  return makeGroups(positionsPx, { size, neighborCount, seed, source, nGroups });
}

/** Throws `DataError` where the other scan has patterns of another size. */
export function refuseOtherSize(scan: Scan | ScanSet, other: Scan): void {
  if (scan.size === other.size) return;
  throw new DataError({
    file: other.source,
    key: "diffraction",
    found: `patterns of ${other.size} x ${other.size}`,
    expected: `${scan.size} x ${scan.size}, as in ${scan.source}`,
    remedy: "validate with a scan of the same detector size",
  });
}

/** Probes that agree less than this explain each other's patterns badly. */
const LEAST_PROBE_OVERLAP = 0.9;
/** Largest factor between the mean counts of the two scans. */
const MOST_BRIGHTNESS = 1.5;

/**
 * Returns a line for each reason why the loss of the other scan cannot be compared with that of the training scan, whose probe
 * and frozen quantities it is computed with; of several training scans, that is the first one.
 */
export function differencesOf(scan: Scan, other: Scan): string[] {
  const lines: string[] = [];
  const overlap = probeOverlap(scan, other);
  if (overlap < LEAST_PROBE_OVERLAP) {
    lines.push(
      `the probe of ${other.source} agrees with that of ${scan.source} to ${overlap.toFixed(2)} of 1: ` +
        "the held-out loss is computed with the latter, and is too large",
    );
  }
  const brightness = other.meanCounts / scan.meanCounts;
  if (Math.max(brightness, 1 / brightness) > MOST_BRIGHTNESS) {
    lines.push(
      `the patterns of ${other.source} have ${
        Number(brightness.toPrecision(3))
      } times the counts of those of ` +
        `${scan.source}: the model is calibrated for the latter`,
    );
  }
  return lines;
}

/** Modulus of the scalar product of the first modes over their norms; their global phase and scale do not count. */
function probeOverlap({ probe: a, size }: Scan, { probe: b }: Scan): number {
  let [re, im, powerA, powerB] = [0, 0, 0, 0];
  for (let i = 0; i < 2 * size * size; i += 2) {
    re += a.data[i] * b.data[i] + a.data[i + 1] * b.data[i + 1];
    im += a.data[i] * b.data[i + 1] - a.data[i + 1] * b.data[i];
    powerA += a.data[i] ** 2 + a.data[i + 1] ** 2;
    powerB += b.data[i] ** 2 + b.data[i + 1] ** 2;
  }
  return Math.hypot(re, im) / Math.sqrt(powerA * powerB);
}
