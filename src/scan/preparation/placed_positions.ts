/**
 * Positions of a foreign scan in object pixels, swapped, flipped and rotated.
 *
 * @module
 */
import { DataError } from "../../common/mod.ts";
import type { PositionsPx } from "../../numeric/mod.ts";
import type { PrepareOptions } from "../hints.ts";
import type { ForeignScan } from "../readers/foreign.ts";

/** What turns lengths and pixels of the frame into object pixels. */
export interface PositionScale {
  /** Height and width of an object pixel in metres, where they are known. */
  readonly pixel: readonly [number, number] | undefined;
  /** Object pixels to one of the whole frame, along rows and columns. */
  readonly perFramePixel: readonly [number, number];
  readonly file: string;
}

/** Frames that a detector drops, or positions that it did not wait for, at most. */
const few = (n: number) => Math.max(3, 0.1 * n);

/** Returns one position for each pattern. Throws `DataError` where there are more or fewer, or no scale. */
export function placedPositions(
  { positions, frames, order, format }: ForeignScan,
  { pixel, perFramePixel: [rows, columns], file }: PositionScale,
): PositionsPx {
  const refuse = (found: string, expected: string, remedy: string) =>
    new DataError({ file, key: "positions", found, expected, remedy });
  if (!positions) {
    throw refuse(`none in a file of ${format}`, "one for each pattern", "name them with --positions-path");
  }
  const n = order?.length ?? frames.n, { x, y, unit } = positions;
  if (x.length !== n || y.length !== n) {
    const least = Math.min(n, x.length, y.length);
    throw refuse(
      `${x.length} for ${n} patterns`,
      "one for each pattern",
      n - least <= few(n) && x.length - least <= few(n)
        ? `give those of this scan; if the first ${least} belong together, take them with --patterns 0:${least}`
        : "give those of this scan",
    );
  }
  if (unit === "px") return positions;
  if (unit === "frame-px") return scaled(positions, { x: columns, y: rows });
  if (!pixel) {
    throw refuse(
      "lengths without the side of an object pixel",
      "energy, distance and detector pixel",
      "give --energy, --distance and --detector-pixel",
    );
  }
  return scaled(positions, { x: 1 / pixel[1], y: 1 / pixel[0] });
}

function scaled({ x, y }: PositionsPx, by: { readonly x: number; readonly y: number }): PositionsPx {
  return { x: x.map((value) => value * by.x), y: y.map((value) => value * by.y) };
}

/** Swaps, flips, and then rotates by an angle from x to y. */
export function turnedPositions(
  { x, y }: PositionsPx,
  { swapXy, flipX, flipY, rotationDeg = 0 }: PrepareOptions,
): PositionsPx {
  const [a, b] = swapXy ? [y, x] : [x, y];
  const turned = {
    x: flipX ? a.map((value) => -value) : a,
    y: flipY ? b.map((value) => -value) : b,
  };
  if (rotationDeg === 0) return turned;
  const [cos, sin] = [Math.cos(rotationDeg * Math.PI / 180), Math.sin(rotationDeg * Math.PI / 180)];
  return {
    x: turned.x.map((value, i) => cos * value - sin * turned.y[i]),
    y: turned.y.map((value, i) => sin * turned.x[i] + cos * value),
  };
}
