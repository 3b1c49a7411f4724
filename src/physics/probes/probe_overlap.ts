/**
 * How alike two waves are.
 *
 * @module
 */

/** Returns |<a, b>| / (|a| |b|) of two waves or two lists of modes, interleaved (re, im); 0 for waves of two sizes. */
export function probeOverlap(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return 0;
  let [re, im, powerA, powerB] = [0, 0, 0, 0];
  for (let i = 0; i < a.length; i += 2) {
    re += a[i] * b[i] + a[i + 1] * b[i + 1];
    im += a[i] * b[i + 1] - a[i + 1] * b[i];
    powerA += a[i] ** 2 + a[i + 1] ** 2;
    powerB += b[i] ** 2 + b[i + 1] ** 2;
  }
  return Math.hypot(re, im) / Math.sqrt(powerA * powerB);
}
