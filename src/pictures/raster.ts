/**
 * Pixels in memory and their PNG, without anything drawn on them.
 *
 * @module
 */
import { encode } from "../deps/fast_png.ts";

/** Red, green, blue, each 0 to 255. */
export type Rgb = readonly [number, number, number];

/** A picture of 8 bits per channel, row-major; grey has one channel, colour three, with opacity four. */
export interface Raster {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3 | 4;
  readonly data: Uint8Array;
}

/** Encodes pixels as the bytes of a PNG file. */
export function encodeRaster({ width, height, channels, data }: Raster): Uint8Array {
  return encode({ width, height, channels, data, depth: 8 });
}

/** Averages blocks of `factor` by `factor` pixels; an incomplete last row or column of blocks is averaged as it is. */
export function shrinkRaster(raster: Raster, factor: number): Raster {
  const { channels } = raster;
  const width = Math.ceil(raster.width / factor), height = Math.ceil(raster.height / factor);
  const data = new Uint8Array(width * height * channels);
  for (let y = 0; y < height; y++) {
    const bottom = Math.min(raster.height, (y + 1) * factor);
    for (let x = 0; x < width; x++) {
      const right = Math.min(raster.width, (x + 1) * factor);
      const count = (bottom - y * factor) * (right - x * factor);
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        for (let row = y * factor; row < bottom; row++) {
          for (let column = x * factor; column < right; column++) {
            sum += raster.data[channels * (row * raster.width + column) + c];
          }
        }
        data[channels * (y * width + x) + c] = Math.round(sum / count);
      }
    }
  }
  return { width, height, channels, data };
}
