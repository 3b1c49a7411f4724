/**
 * Limits of the object's phase, on the host.
 *
 * @module
 */

/** Brings phases, counted from that of the weighted mean, into [least, most], in place; amplitudes stay. */
export function limitPhase(
  object: Float32Array,
  { weight, least, most }: { weight: ArrayLike<number>; least: number; most: number },
): void {
  let [re, im] = [0, 0];
  for (let i = 0; i < weight.length; i++) {
    re += weight[i] * object[2 * i];
    im += weight[i] * object[2 * i + 1];
  }
  const middle = Math.atan2(im, re);
  for (let i = 0; i < weight.length; i++) {
    const turned = Math.atan2(object[2 * i + 1], object[2 * i]) - middle;
    const phase = turned - 2 * Math.PI * Math.round(turned / (2 * Math.PI));
    if (phase >= least && phase <= most) continue;
    const amplitude = Math.hypot(object[2 * i], object[2 * i + 1]);
    const limited = middle + Math.min(most, Math.max(least, phase));
    object[2 * i] = amplitude * Math.cos(limited);
    object[2 * i + 1] = amplitude * Math.sin(limited);
  }
}
