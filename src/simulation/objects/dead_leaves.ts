/**
 * Dead leaves.
 *
 * @module
 */
import { Random } from "../../numeric/mod.ts";
import { type DrawnObject, type ObjectOptions, paintDisk, stretched } from "./drawing.ts";

/**
 * Dead leaves: opaque disks of random size (radii from `featureSize`, 3 pixels, to a quarter of the smaller side, density
 * r^-3) and random, independent amplitude and phase, that cover each other. Edges everywhere and at all
 * scales, as in natural images.
 */
export function deadLeaves(options: ObjectOptions & { readonly featureSize?: number }): DrawnObject {
  const { height, width, featureSize: smallest = 3, seed = 0 } = options;
  const random = new Random(seed, "dead leaves");
  const largest = Math.max(smallest + 1, Math.min(height, width) / 4);
  const amplitude = new Float64Array(height * width).fill(0.5), phase = amplitude.slice();
  // enough of them to cover every pixel several times, as small leaves are the most frequent
  const leaves = Math.ceil(0.12 * height * width * Math.min(1, (3 / smallest) ** 2));
  for (let leaf = 0; leaf < leaves; leaf++) {
    const share = random.uniform();
    const radius = 1 / Math.sqrt(1 / smallest ** 2 - share * (1 / smallest ** 2 - 1 / largest ** 2));
    const x = (width + 2 * largest) * random.uniform() - largest;
    const y = (height + 2 * largest) * random.uniform() - largest;
    const values = [random.uniform(), random.uniform()];
    paintDisk([amplitude, phase], { height, width, x, y, radius, values });
  }
  return stretched(options, amplitude, phase);
}
