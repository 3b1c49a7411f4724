/**
 * Frame of the object: its canvas around all scan positions, and the whole pixels and fractions of a position.
 *
 * @module
 */
import type { PositionsPx } from "../../numeric/mod.ts";

/** The object's canvas. Pixel (row r, column c) lies at y = r + y0, x = c + x0 of the scan positions. */
export interface Frame {
  readonly height: number;
  readonly width: number;
  readonly x0: number;
  readonly y0: number;
}

/** Pixels around the patches, so that corrected positions stay on the canvas. */
const MARGIN = 8;

/** Returns the canvas that holds the patches of side N around all positions, and a margin. */
export function frameOf(
  { x, y }: PositionsPx,
  { side, margin = MARGIN }: { side: number; margin?: number },
): Frame {
  const [left, right] = rangeOf(x), [top, bottom] = rangeOf(y);
  const x0 = Math.round(left) - side / 2 - margin, y0 = Math.round(top) - side / 2 - margin;
  return {
    x0,
    y0,
    width: Math.round(right) + side / 2 + margin - x0,
    height: Math.round(bottom) + side / 2 + margin - y0,
  };
}

function rangeOf(values: Float64Array): [number, number] {
  let [least, most] = [Infinity, -Infinity];
  for (const value of values) [least, most] = [Math.min(least, value), Math.max(most, value)];
  return [least, most];
}

/** A position cut in two: the first pixel of its patch on the canvas, and what is left, in [-1/2, 1/2]. */
export interface Place {
  readonly column: number;
  readonly row: number;
  readonly dx: number;
  readonly dy: number;
}

/** Cuts a position (pixels) into whole pixels of the canvas and fractions. */
export function placeOf(
  position: { x: number; y: number },
  { frame, side }: { frame: Frame; side: number },
): Place {
  const wholeX = Math.round(position.x), wholeY = Math.round(position.y);
  return {
    column: wholeX - side / 2 - frame.x0,
    row: wholeY - side / 2 - frame.y0,
    dx: position.x - wholeX,
    dy: position.y - wholeY,
  };
}
