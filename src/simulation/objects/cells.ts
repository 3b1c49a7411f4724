/**
 * Cells.
 *
 * @module
 */
import { Random } from "../../numeric/mod.ts";
import { type Drawing, type DrawnObject, type ObjectOptions, stretched } from "./drawing.ts";

/** Options of {@linkcode cells}. */
export interface CellsOptions extends ObjectOptions {
  /** Mean radius of a cell in pixels. Default 14. */
  readonly featureSize?: number;
}

/**
 * Smooth blobs of wobbly outline, each with a denser nucleus and some granules. The thickness shifts the phase;
 * nuclei and granules absorb most, so amplitude and phase share their outlines and not their values.
 */
export function cells(options: CellsOptions): DrawnObject {
  const { height, width, featureSize = 14, seed = 0 } = options;
  const random = new Random(seed, "cells");
  const thickness = new Float64Array(height * width), density = thickness.slice();
  const count = Math.max(3, Math.ceil(0.9 * height * width / (Math.PI * featureSize ** 2)));
  for (let cell = 0; cell < count; cell++) {
    const radius = featureSize * (0.6 + 0.8 * random.uniform());
    const x = width * random.uniform(), y = height * random.uniform();
    const outline = { wobble: wobbleOf(random), aspect: 0.7 + 0.6 * random.uniform() };
    const place = { height, width, x, y, radius, ...outline };
    addBlob(thickness, { ...place, depth: 0.5 + 0.3 * random.uniform() });
    addBlob(density, { ...place, depth: 0.25 });
    const nucleus = {
      x: x + 0.3 * radius * (random.uniform() - 0.5),
      y: y + 0.3 * radius * (random.uniform() - 0.5),
      radius: radius * 0.4,
    };
    addBlob(thickness, { ...place, ...nucleus, depth: 0.3 });
    addBlob(density, { ...place, ...nucleus, depth: 0.5 });
    for (let granule = 0; granule < 5; granule++) {
      const angle = 2 * Math.PI * random.uniform(), reach = 0.75 * radius * Math.sqrt(random.uniform());
      const spot = { x: x + reach * Math.cos(angle), y: y + reach * Math.sin(angle), radius: radius * 0.12 };
      addBlob(density, { ...place, ...spot, depth: 0.4 * random.uniform() });
    }
  }
  return stretched(options, toUnit(density).map((v) => 1 - v), toUnit(thickness));
}

/** Amplitudes and angles of the second, third and fourth harmonic of an outline. */
function wobbleOf(random: Random): readonly (readonly [number, number])[] {
  return [0.12, 0.08, 0.05].map((size) => [size * random.uniform(), 2 * Math.PI * random.uniform()]);
}

interface Blob {
  readonly height: number;
  readonly width: number;
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  readonly aspect: number;
  readonly wobble: readonly (readonly [number, number])[];
  readonly depth: number;
}

/** Adds depth (1 - r^2)^2 inside of the outline r = 1: no edge in value or slope. */
function addBlob(map: Drawing, { height, width, x, y, radius, aspect, wobble, depth }: Blob): void {
  const reach = 1.4 * radius * Math.max(aspect, 1 / aspect);
  const bottom = Math.min(height - 1, Math.ceil(y + reach)),
    right = Math.min(width - 1, Math.ceil(x + reach));
  for (let r = Math.max(0, Math.floor(y - reach)); r <= bottom; r++) {
    for (let c = Math.max(0, Math.floor(x - reach)); c <= right; c++) {
      const dx = (c - x) / aspect, dy = (r - y) * aspect;
      const angle = Math.atan2(dy, dx);
      const outline = wobble.reduce((sum, [size, at], k) => sum + size * Math.cos((k + 2) * angle - at), 1);
      const square = (dx * dx + dy * dy) / (radius * outline) ** 2;
      if (square < 1) map[r * width + c] += depth * (1 - square) ** 2;
    }
  }
}

/** Limits piled-up blobs smoothly: 1 - exp(-v), over its largest value. */
function toUnit(map: Drawing): Drawing {
  const largest = 1 - Math.exp(-map.reduce((most, v) => Math.max(most, v), 0)) || 1;
  return map.map((v) => (1 - Math.exp(-v)) / largest);
}
