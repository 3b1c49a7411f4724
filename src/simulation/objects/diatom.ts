/**
 * A drawn diatom.
 *
 * @module
 */
import { Random } from "../../numeric/mod.ts";
import { type DrawnObject, type ObjectOptions, paintDisk, stretched, supersampled } from "./drawing.ts";

/**
 * Draws a diatom: a round shell with a rim, ribs and rows of pores in its phase, and grains that absorb, scattered
 * independently, in its amplitude.
 */
export function diatom(options: ObjectOptions): DrawnObject {
  const { height, width, seed = 0 } = options;
  const outer = 0.46 * Math.min(height, width);
  const phase = supersampled(options, (y, x) => shellThickness(Math.hypot(y, x) / outer, Math.atan2(y, x)));
  const amplitude = new Float64Array(height * width).fill(1);
  const random = new Random(seed, "diatom");
  for (let grain = 0; grain < 60; grain++) {
    const reach = 1.15 * outer * Math.sqrt(random.uniform()), angle = 2 * Math.PI * random.uniform();
    const x = width / 2 + reach * Math.cos(angle), y = height / 2 + reach * Math.sin(angle);
    const radius = outer * (0.02 + 0.08 * random.uniform() ** 2);
    paintDisk([amplitude], { height, width, x, y, radius, values: [0.8 * random.uniform()] });
  }
  return stretched(options, amplitude, phase);
}

/** Thickness of the shell at a radius (1 is the rim) and an angle. */
function shellThickness(radius: number, angle: number): number {
  if (radius > 1) return 0;
  if (radius > 0.9) return 1;
  if (radius < 0.13) return 0.75;
  // Rows of pores at equal distances; each ring turns by half a pore against the one inside it.
  const ring = Math.floor((radius - 0.13) / 0.11);
  const middle = 0.13 + 0.11 * (ring + 0.5);
  const pores = Math.round(2 * Math.PI * middle / 0.13);
  const turn = angle / (2 * Math.PI) * pores + 0.5 * ring;
  const across = (turn - Math.floor(turn) - 0.5) * 2 * Math.PI * middle / pores;
  const pore = Math.hypot(across, radius - middle) < 0.038;
  const rib = Math.abs(Math.sin(6 * angle)) < 0.05 / radius && radius < 0.9;
  return rib ? 0.9 : pore ? 0.15 : 0.35 + 0.25 * radius;
}
