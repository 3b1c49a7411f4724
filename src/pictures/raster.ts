/**
 * RGB pictures in memory and the little that is drawn on them.
 *
 * @module
 */
import { encode } from "../deps/fast_png.ts";
import { writeFileAtomic } from "../host/mod.ts";
import { GLYPH_ADVANCE, glyphRows } from "./font.ts";

/** Red, green, blue, each 0 to 255. */
export type Rgb = readonly [number, number, number];

/** A picture of 8 bits per channel, row-major; grey has one channel, colour three. */
export interface Raster {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly data: Uint8Array;
}

/** A rectangle in pixels. */
export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The bytes of a PNG file. */
export function encodePng(raster: Raster): Uint8Array {
  const { width, height, channels, data } = raster;
  return encode({ width, height, channels, data, depth: 8 });
}

/** Writes a PNG file, whole or not at all. Throws `DataError` where it cannot. */
export async function writePng(path: string, raster: Raster): Promise<void> {
  await writeFileAtomic(path, encodePng(raster));
}

/** A colour picture filled with one colour. */
export class Canvas implements Raster {
  readonly channels = 3;
  readonly data: Uint8Array;

  constructor(readonly width: number, readonly height: number, background: Rgb = [255, 255, 255]) {
    this.data = new Uint8Array(width * height * 3);
    this.fill({ x: 0, y: 0, width, height }, background);
  }

  /** Fills a rectangle; what lies outside is left out. */
  fill(rect: Rect, colour: Rgb): void {
    const right = Math.min(this.width, rect.x + rect.width);
    const bottom = Math.min(this.height, rect.y + rect.height);
    for (let y = Math.max(0, rect.y); y < bottom; y++) {
      for (let x = Math.max(0, rect.x); x < right; x++) this.data.set(colour, 3 * (y * this.width + x));
    }
  }

  /** The outline of a rectangle, one pixel wide, just outside of it. */
  frame(rect: Rect, colour: Rgb): void {
    const { x, y, width, height } = rect;
    this.fill({ x: x - 1, y: y - 1, width: width + 2, height: 1 }, colour);
    this.fill({ x: x - 1, y: y + height, width: width + 2, height: 1 }, colour);
    this.fill({ x: x - 1, y, width: 1, height }, colour);
    this.fill({ x: x + width, y, width: 1, height }, colour);
  }

  /** Lays a picture at (x, y), each of its pixels a square of `zoom`. */
  draw(raster: Raster, { x, y, zoom = 1 }: { x: number; y: number; zoom?: number }): void {
    const { width, height, channels, data } = raster;
    for (let row = 0; row < height * zoom; row++) {
      for (let column = 0; column < width * zoom; column++) {
        const source = channels * (Math.floor(row / zoom) * width + Math.floor(column / zoom));
        const target = 3 * ((y + row) * this.width + x + column);
        for (let c = 0; c < 3; c++) this.data[target + c] = data[source + (channels === 3 ? c : 0)];
      }
    }
  }

  /** A text with its upper left corner at (x, y). */
  text(text: string, { x, y, scale = 1, colour = [40, 40, 40] }: TextPlace): void {
    let left = x;
    for (const letter of text) {
      glyphRows(letter).forEach((bits, row) => {
        for (let column = 0; column < 5; column++) {
          if (!(bits & (16 >> column))) continue;
          this.fill({ x: left + column * scale, y: y + row * scale, width: scale, height: scale }, colour);
        }
      });
      left += GLYPH_ADVANCE * scale;
    }
  }

  /** A text turned a quarter to the left, reading upwards from its lower left corner (x, y). */
  textUpwards(text: string, { x, y, scale = 1, colour = [40, 40, 40] }: TextPlace): void {
    let bottom = y;
    for (const letter of text) {
      glyphRows(letter).forEach((bits, row) => {
        for (let column = 0; column < 5; column++) {
          if (!(bits & (16 >> column))) continue;
          const top = bottom - (column + 1) * scale;
          this.fill({ x: x + row * scale, y: top, width: scale, height: scale }, colour);
        }
      });
      bottom -= GLYPH_ADVANCE * scale;
    }
  }

  /** A straight line with soft edges, clipped to `within`. */
  line(
    from: readonly [number, number],
    to: readonly [number, number],
    { colour, width, within }: LineStyle,
  ): void {
    const reach = width / 2 + 1;
    const [x0, y0] = from;
    const [dx, dy] = [to[0] - x0, to[1] - y0];
    const length2 = dx * dx + dy * dy;
    const left = Math.max(within.x, Math.floor(Math.min(x0, to[0]) - reach));
    const right = Math.min(within.x + within.width - 1, Math.ceil(Math.max(x0, to[0]) + reach));
    const top = Math.max(within.y, Math.floor(Math.min(y0, to[1]) - reach));
    const bottom = Math.min(within.y + within.height - 1, Math.ceil(Math.max(y0, to[1]) + reach));
    for (let y = top; y <= bottom; y++) {
      for (let x = left; x <= right; x++) {
        const along = length2 === 0 ? 0 : ((x - x0) * dx + (y - y0) * dy) / length2;
        const t = Math.min(1, Math.max(0, along));
        const distance = Math.hypot(x - x0 - t * dx, y - y0 - t * dy);
        this.#blend(x, y, { colour, alpha: width / 2 + 0.5 - distance });
      }
    }
  }

  #blend(x: number, y: number, { colour, alpha }: { colour: Rgb; alpha: number }): void {
    if (alpha <= 0) return;
    const weight = Math.min(1, alpha);
    const at = 3 * (y * this.width + x);
    for (let c = 0; c < 3; c++) {
      this.data[at + c] = Math.round(colour[c] * weight + this.data[at + c] * (1 - weight));
    }
  }
}

/** Where and how a text stands. */
export interface TextPlace {
  readonly x: number;
  readonly y: number;
  /** Whole number; default 1. */
  readonly scale?: number;
  readonly colour?: Rgb;
}

/** How a line is drawn. */
export interface LineStyle {
  readonly colour: Rgb;
  /** In pixels. */
  readonly width: number;
  readonly within: Rect;
}
