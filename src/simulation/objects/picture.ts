/**
 * Objects from picture files.
 *
 * @module
 */
import { files, isMissing } from "../../host/mod.ts";
import { decode, type DecodedPng } from "../../deps/fast_png.ts";
import { DataError, messageOf } from "../../common/mod.ts";
import type { RealImage } from "../../numeric/mod.ts";
import { type Drawing, type DrawnObject, type ObjectOptions, stretched } from "./drawing.ts";

/** A grey picture, 0 (black) to 1 (white). */
export type Picture = RealImage;

/** Options of {@linkcode pictureObject}. */
export interface PictureOptions extends ObjectOptions {
  /** Black is the lowest amplitude, white the highest. */
  readonly amplitudePicture: Picture;
  /** Black is the lowest phase, white the highest. Default: the picture of the amplitude. */
  readonly phasePicture?: Picture;
}

/**
 * Reads a PNG of any depth as grey: colours by their luma (ITU-R BT.601: 0.299 R + 0.587 G + 0.114 B), transparency
 * over black. Throws `DataError` for what is no PNG.
 */
export async function readPicture(file: string): Promise<Picture> {
  const refuse = (error: unknown) =>
    new DataError({
      file,
      found: isMissing(error) ? "no such file" : messageOf(error),
      expected: "a PNG picture",
      remedy: "check the path, or convert the picture to PNG",
      cause: error,
    });
  const bytes = await files.read(file).catch((error) => {
    throw refuse(error);
  });
  try {
    const png = decode(bytes);
    const { width, height, channels, depth, palette } = png;
    const largest = palette ? 255 : 2 ** depth - 1;
    const grey = new Float64Array(width * height);
    for (let i = 0; i < grey.length; i++) {
      const samples = Array.from({ length: channels }, (_, k) => sampleAt(png, { pixel: i, channel: k }));
      const values = palette ? palette[samples[0]] : samples;
      grey[i] = greyOf(values, largest);
    }
    return { width, height, data: grey };
  } catch (error) {
    throw refuse(error);
  }
}

/** A sample of a pixel; depths below eight are packed, row by row, the left pixel highest. */
function sampleAt(
  { width, data, channels, depth }: Pick<DecodedPng, "width" | "data" | "channels" | "depth">,
  { pixel, channel }: { pixel: number; channel: number },
): number {
  if (depth >= 8) return data[pixel * channels + channel];
  const bit = (pixel % width * channels + channel) * depth;
  const byte = Math.floor(pixel / width) * Math.ceil(width * channels * depth / 8) + (bit >> 3);
  return data[byte] >> (8 - depth - bit % 8) & (2 ** depth - 1);
}

/** Grey of one, two (grey, opacity), three or four (RGB, opacity) values. */
function greyOf(values: ArrayLike<number>, largest: number): number {
  const coloured = values.length >= 3;
  const luma = coloured ? 0.299 * values[0] + 0.587 * values[1] + 0.114 * values[2] : values[0];
  const opacity = values.length % 2 === 0 ? values[values.length - 1] / largest : 1;
  return luma / largest * opacity;
}

/** Draws pictures as an object: stretched to its size, keeping no proportions. */
export function pictureObject(options: PictureOptions): DrawnObject {
  const { amplitudePicture, phasePicture = amplitudePicture } = options;
  return stretched(options, resized(amplitudePicture, options), resized(phasePicture, options));
}

/** Means over the area of each new pixel where the picture shrinks, bilinear where it grows. */
function resized(picture: Picture, { height, width }: ObjectOptions): Drawing {
  const rows = weightsOf(picture.height, height), columns = weightsOf(picture.width, width);
  const half = new Float64Array(picture.height * width);
  for (let r = 0; r < picture.height; r++) {
    columns.forEach((taps, c) => {
      for (const [at, share] of taps) half[r * width + c] += share * picture.data[r * picture.width + at];
    });
  }
  const out = new Float64Array(height * width);
  rows.forEach((taps, r) => {
    for (const [at, share] of taps) {
      for (let c = 0; c < width; c++) out[r * width + c] += share * half[at * width + c];
    }
  });
  return out;
}

/** Weights of the old pixels in each new one: a triangle as wide as the larger of the two. */
function weightsOf(from: number, to: number): [number, number][][] {
  const reach = Math.max(1, from / to);
  return Array.from({ length: to }, (_, i) => {
    const centre = (i + 0.5) * from / to - 0.5;
    const taps = new Map<number, number>();
    for (let k = Math.ceil(centre - reach); k <= Math.floor(centre + reach); k++) {
      const share = 1 - Math.abs(k - centre) / reach;
      const at = Math.min(from - 1, Math.max(0, k));
      if (share > 0) taps.set(at, (taps.get(at) ?? 0) + share);
    }
    const total = [...taps.values()].reduce((sum, share) => sum + share, 0);
    return [...taps].map(([at, share]) => [at, share / total]);
  });
}
