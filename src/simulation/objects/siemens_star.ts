/**
 * A Siemens star.
 *
 * @module
 */
import { type DrawnObject, type ObjectOptions, stretched, supersampled } from "./drawing.ts";

/**
 * Draws a Siemens star: the spokes are dark and thick. Amplitude and phase have the same pattern. `featureSize`:
 * pixels that a spoke is wide at the rim, in place of the number of spokes, 36.
 */
export function siemensStar(
  options: ObjectOptions & { readonly spokes?: number; readonly featureSize?: number },
): DrawnObject {
  const { height, width, featureSize } = options;
  const outer = 0.47 * Math.min(height, width);
  const spokes = options.spokes ??
    (featureSize ? Math.max(2, Math.round(Math.PI * outer / featureSize)) : 36);
  const star = supersampled(options, (y, x) => {
    const r = Math.hypot(y, x);
    return r < outer && r > outer / 12 && Math.sin(spokes * Math.atan2(y, x)) > 0 ? 1 : 0;
  });
  return stretched(options, star.map((v) => 1 - v), star);
}
