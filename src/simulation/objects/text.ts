/**
 * Text.
 *
 * @module
 */
import { GLYPH_ADVANCE, GLYPH_ROWS, glyphRows } from "./glyphs.ts";
import { type Drawing, type DrawnObject, type ObjectOptions, stretched } from "./drawing.ts";

/** Options of {@linkcode textObject}. */
export interface TextOptions extends ObjectOptions {
  /** Text to repeat. Default `PLICA`. */
  readonly text?: string;
  /** Pixels of a dot of the letters, which are five dots wide and seven high. Default 2. */
  readonly featureSize?: number;
}

/** Rows of dots from one line of text to the next. */
const LINE_ADVANCE = GLYPH_ROWS + 3;

/**
 * Draws a text, repeated line by line until the object is full; every line begins a letter later. Where letters are,
 * the phase is high and the amplitude low.
 */
export function textObject(options: TextOptions): DrawnObject {
  const { height, width, text = "PLICA", featureSize = 2 } = options;
  const letters = [...`${text} `].map(glyphRows);
  const map: Drawing = new Float64Array(height * width);
  for (let i = 0; i < map.length; i++) {
    const dotY = Math.floor(Math.floor(i / width) / featureSize), dotX = Math.floor(i % width / featureSize);
    const line = Math.floor(dotY / LINE_ADVANCE), row = dotY % LINE_ADVANCE;
    const letter = letters[(Math.floor(dotX / GLYPH_ADVANCE) + line) % letters.length];
    const column = dotX % GLYPH_ADVANCE;
    map[i] = column < 5 ? letter[row] >> (4 - column) & 1 : 0;
  }
  return stretched(options, map.map((v) => 1 - v), map);
}
