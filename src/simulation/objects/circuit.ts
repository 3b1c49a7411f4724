/**
 * An integrated circuit.
 *
 * @module
 */
import { Random } from "../../numeric/mod.ts";
import { type Drawing, type DrawnObject, type ObjectOptions, stretched } from "./drawing.ts";

/** Options of {@linkcode circuit}. */
export interface CircuitOptions extends ObjectOptions {
  /** Width of the thinnest wire in pixels; wires lie on a grid of twice that. Default 3. */
  readonly featureSize?: number;
}

/**
 * Rectangles on a grid, in three layers: horizontal wires, vertical wires twice as wide, and pads where they
 * meet. Every layer shifts the phase; its metals absorb differently, so that the two maps differ in values.
 */
export function circuit(options: CircuitOptions): DrawnObject {
  const { height, width, featureSize = 3, seed = 0 } = options;
  const random = new Random(seed, "circuit");
  const amplitude = new Float64Array(height * width), phase = amplitude.slice();
  const paint = (place: Rectangle, [absorbs, shifts]: readonly [number, number]) => {
    paintRectangle(amplitude, { height, width, ...place, value: absorbs });
    paintRectangle(phase, { height, width, ...place, value: shifts });
  };
  const pitch = 2 * featureSize;
  for (let row = 0; row * pitch < height; row++) {
    for (const [start, length] of runs(random, { span: width, mean: 12 * pitch })) {
      paint({ x: start, y: row * pitch, dx: length, dy: featureSize }, [0.35, 0.3]);
    }
  }
  for (let column = 0; 2 * column * pitch < width; column++) {
    for (const [start, length] of runs(random, { span: height, mean: 16 * pitch })) {
      paint({ x: 2 * column * pitch, y: start, dx: 2 * featureSize, dy: length }, [0.2, 0.35]);
    }
  }
  const pads = Math.ceil(height * width / (18 * pitch) ** 2 * 12);
  for (let pad = 0; pad < pads; pad++) {
    const x = pitch * random.integer(Math.ceil(width / pitch)),
      y = pitch * random.integer(Math.ceil(height / pitch));
    const dx = featureSize * (2 + random.integer(5)), dy = featureSize * (2 + random.integer(5));
    paint({ x, y, dx, dy }, [0.45, 0.35]);
  }
  return stretched(options, amplitude.map((v) => 1 - v), phase);
}

/** Wires along a line and the gaps between them, of exponentially distributed lengths. */
function runs(random: Random, { span, mean }: { span: number; mean: number }): [number, number][] {
  const found: [number, number][] = [];
  const draw = (length: number) => Math.round(-length * Math.log(1 - random.uniform()));
  for (let at = -draw(mean); at < span;) {
    const length = draw(mean);
    if (at + length > 0) found.push([at, length]);
    at += length + draw(mean) + 1;
  }
  return found;
}

interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly dx: number;
  readonly dy: number;
}

/** Adds a value to a rectangle; edges between pixels count in part. */
function paintRectangle(
  map: Drawing,
  { height, width, x, y, dx, dy, value }: Rectangle & { height: number; width: number; value: number },
): void {
  const share = (from: number, to: number, pixel: number) =>
    Math.max(0, Math.min(to, pixel + 1) - Math.max(from, pixel));
  const bottom = Math.min(height, Math.ceil(y + dy)), right = Math.min(width, Math.ceil(x + dx));
  for (let r = Math.max(0, Math.floor(y)); r < bottom; r++) {
    const tall = share(y, y + dy, r);
    for (let c = Math.max(0, Math.floor(x)); c < right; c++) {
      const at = r * width + c;
      map[at] = Math.min(1, map[at] + value * tall * share(x, x + dx, c));
    }
  }
}
