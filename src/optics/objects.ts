/**
 * Simulated objects. Each is drawn as two maps between 0 and 1, one for the amplitude and one for the phase,
 * which are then stretched to their ranges.
 *
 * @module
 */
import { Random } from "../scan/random.ts";
import { type ComplexImage, fromPolar } from "./image.ts";

/** What every object needs. */
export interface ObjectOptions {
  /** Sides in pixels. */
  readonly height: number;
  readonly width: number;
  /** Smallest and largest amplitude. Default 0.4 to 1. */
  readonly amplitude?: readonly [number, number];
  /** Smallest and largest phase in radians. Default -1.2 to 1.2. */
  readonly phase?: readonly [number, number];
  /** Default 0. */
  readonly seed?: number;
}

/** A map of values in [0, 1]. */
type Drawing = Float64Array;

/**
 * Dead leaves: opaque disks of random size (radii from 3 pixels to a quarter of the smaller side, density
 * r^-3) and random, independent amplitude and phase, that cover each other. Edges everywhere and at all
 * scales, as in natural images.
 */
export function deadLeaves(options: ObjectOptions): ComplexImage & { readonly data: Float64Array } {
  const { height, width, seed = 0 } = options;
  const random = new Random(seed, "dead leaves");
  const smallest = 3, largest = Math.max(4, Math.min(height, width) / 4);
  const amplitude = new Float64Array(height * width).fill(0.5), phase = amplitude.slice();
  const leaves = Math.ceil(0.12 * height * width);
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

interface Disk {
  readonly height: number;
  readonly width: number;
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  /** Value for each of the maps. */
  readonly values: readonly number[];
}

/** Paints a disk over maps; its edge is blended over one pixel. */
function paintDisk(maps: readonly Drawing[], { height, width, x, y, radius, values }: Disk): void {
  const top = Math.max(0, Math.floor(y - radius)), bottom = Math.min(height - 1, Math.ceil(y + radius));
  const left = Math.max(0, Math.floor(x - radius)), right = Math.min(width - 1, Math.ceil(x + radius));
  for (let r = top; r <= bottom; r++) {
    for (let c = left; c <= right; c++) {
      const cover = Math.min(1, Math.max(0, radius + 0.5 - Math.hypot(r - y, c - x)));
      maps.forEach((map, k) => map[r * width + c] += cover * (values[k] - map[r * width + c]));
    }
  }
}

/** A Siemens star: the spokes are dark and thick. Amplitude and phase have the same pattern. */
export function siemensStar(
  options: ObjectOptions & { readonly spokes?: number },
): ComplexImage & { readonly data: Float64Array } {
  const { height, width, spokes = 36 } = options;
  const outer = 0.47 * Math.min(height, width);
  const star = supersampled(options, (y, x) => {
    const r = Math.hypot(y, x);
    return r < outer && r > outer / 12 && Math.sin(spokes * Math.atan2(y, x)) > 0 ? 1 : 0;
  });
  return stretched(options, star.map((v) => 1 - v), star);
}

/**
 * A diatom: a round shell with a rim, ribs and rows of pores in its phase, and grains that absorb, scattered
 * independently, in its amplitude.
 */
export function diatom(options: ObjectOptions): ComplexImage & { readonly data: Float64Array } {
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

const SAMPLES = 4;

/** A drawing with soft edges: the mean over 4 x 4 points of each pixel; (y, x) are pixels from the centre. */
function supersampled({ height, width }: ObjectOptions, value: (y: number, x: number) => number): Drawing {
  const map = new Float64Array(height * width);
  for (let i = 0; i < map.length; i++) {
    const y = Math.floor(i / width) - height / 2, x = i % width - width / 2;
    for (let k = 0; k < SAMPLES * SAMPLES; k++) {
      const dy = (Math.floor(k / SAMPLES) + 0.5) / SAMPLES - 0.5, dx = (k % SAMPLES + 0.5) / SAMPLES - 0.5;
      map[i] += value(y + dy, x + dx) / (SAMPLES * SAMPLES);
    }
  }
  return map;
}

function stretched(
  { height, width, amplitude = [0.4, 1], phase = [-1.2, 1.2] }: ObjectOptions,
  amplitudeMap: Drawing,
  phaseMap: Drawing,
): ComplexImage & { readonly data: Float64Array } {
  const stretch = (map: Drawing, [low, high]: readonly [number, number]) => (
    { height, width, data: map.map((v) => low + (high - low) * v) }
  );
  return fromPolar(stretch(amplitudeMap, amplitude), stretch(phaseMap, phase));
}
