/**
 * The parts that a figure is laid out from.
 *
 * @module
 */

/** A part of a figure with its size; `draw` writes it with its upper left corner at (x, y). */
export interface Block {
  readonly width: number;
  readonly height: number;
  readonly draw: (x: number, y: number) => string;
}

/** A rectangle in pixels. */
export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Size of the titles of panels, in pixels. */
export const TITLE_SIZE = 13;
/** Height that the title of a panel takes. */
export const TITLE_HEIGHT = 22;
