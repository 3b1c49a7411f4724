/**
 * Straight lines.
 *
 * @module
 */
import { Random } from "../../numeric/mod.ts";
import type { Drawing, DrawnObject, ObjectOptions } from "./drawing.ts";
import { stretched } from "./drawing.ts";

/** Options of {@linkcode lines}. */
export interface LinesOptions extends ObjectOptions {
  /** Mean width of a line in pixels; widths are between half of it and one and a half. Default 4. */
  readonly featureSize?: number;
}

/**
 * Straight lines of random place, direction, width and depth, that add up where they cross. Amplitude and phase
 * have lines of their own; about two fifths of the area are covered.
 */
export function lines(options: LinesOptions): DrawnObject {
  const amplitude = thickness(options, "lines of the amplitude");
  const phase = thickness(options, "lines of the phase");
  return stretched(options, amplitude.map((v) => 1 - v), phase);
}

function thickness(options: LinesOptions, stream: string): Drawing {
  const { height, width, featureSize = 4, seed = 0 } = options;
  const random = new Random(seed, stream);
  const map = new Float64Array(height * width);
  const reach = Math.hypot(height, width) / 2;
  // the mean chord of a circle around the image is pi/2 of its radius: this many lines cover 0.4 of it
  const count = Math.max(4, Math.round(0.5 * Math.PI * reach * 0.8 / featureSize));
  for (let k = 0; k < count; k++) {
    const angle = Math.PI * random.uniform(), offset = reach * (2 * random.uniform() - 1);
    const half = featureSize * (0.5 + random.uniform()) / 2, depth = 0.3 + 0.7 * random.uniform();
    addLine(map, { height, width, angle, offset, half, depth });
  }
  const largest = map.reduce((most, v) => Math.max(most, v), 0) || 1;
  return map.map((v) => v / largest);
}

interface Line {
  readonly height: number;
  readonly width: number;
  /** Direction of the normal. */
  readonly angle: number;
  /** Distance from the centre. */
  readonly offset: number;
  readonly half: number;
  readonly depth: number;
}

/** Adds a line whose edges are blended over one pixel; only the pixels near it are looked at. */
function addLine(map: Drawing, { height, width, angle, offset, half, depth }: Line): void {
  const nx = Math.cos(angle), ny = Math.sin(angle);
  const steep = Math.abs(nx) >= Math.abs(ny);
  const [across, along] = steep ? [nx, ny] : [ny, nx];
  const [outer, inner] = steep ? [height, width] : [width, height];
  const reach = Math.ceil((half + 1) / Math.abs(across));
  for (let o = 0; o < outer; o++) {
    const centre = (offset - along * (o - outer / 2)) / across + inner / 2;
    const last = Math.min(inner - 1, Math.ceil(centre + reach));
    for (let i = Math.max(0, Math.floor(centre - reach)); i <= last; i++) {
      const distance = Math.abs(across * (i - centre));
      const cover = Math.min(1, Math.max(0, half + 0.5 - distance));
      map[steep ? o * width + i : i * width + o] += depth * cover;
    }
  }
}
