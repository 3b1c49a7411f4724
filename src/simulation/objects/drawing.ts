/**
 * Common parts of all drawn objects: two maps between 0 and 1, one for the amplitude and one for the phase, that are
 * stretched to their ranges.
 *
 * @module
 */
import { type ComplexImage, fromPolar } from "../../numeric/mod.ts";

/** Options that all objects share. */
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

/** An object as it was drawn. */
export type DrawnObject = ComplexImage & { readonly data: Float64Array };

/** A map of values in [0, 1]. */
export type Drawing = Float64Array;

/** A disk and what it is painted with. */
export interface Disk {
  readonly height: number;
  readonly width: number;
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  /** Value for each of the maps. */
  readonly values: readonly number[];
}

/** Paints a disk over maps; its edge is blended over one pixel. */
export function paintDisk(maps: readonly Drawing[], { height, width, x, y, radius, values }: Disk): void {
  const top = Math.max(0, Math.floor(y - radius)), bottom = Math.min(height - 1, Math.ceil(y + radius));
  const left = Math.max(0, Math.floor(x - radius)), right = Math.min(width - 1, Math.ceil(x + radius));
  for (let r = top; r <= bottom; r++) {
    for (let c = left; c <= right; c++) {
      const cover = Math.min(1, Math.max(0, radius + 0.5 - Math.hypot(r - y, c - x)));
      maps.forEach((map, k) => map[r * width + c] += cover * (values[k] - map[r * width + c]));
    }
  }
}

const SAMPLES = 4;

/**
 * Returns a drawing with soft edges: the mean over 4 x 4 points of each pixel; (y, x) are pixels from the centre.
 */
export function supersampled(
  { height, width }: ObjectOptions,
  value: (y: number, x: number) => number,
): Drawing {
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

/** Returns the two maps stretched to the ranges of amplitude and phase. */
export function stretched(
  { height, width, amplitude = [0.4, 1], phase = [-1.2, 1.2] }: ObjectOptions,
  amplitudeMap: Drawing,
  phaseMap: Drawing,
): DrawnObject {
  const stretch = (map: Drawing, [low, high]: readonly [number, number]) => (
    { height, width, data: map.map((v) => low + (high - low) * v) }
  );
  return fromPolar(stretch(amplitudeMap, amplitude), stretch(phaseMap, phase));
}
