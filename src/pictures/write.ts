/**
 * Figures and pictures as files. What draws them is loaded when the first one is drawn.
 *
 * @module
 */
import { writeFileAtomic } from "../host/mod.ts";
import type { FigureOptions, Panel } from "./figure.ts";
import { encodeRaster, type Raster } from "./raster.ts";

/** Pixels of a PNG for each pixel of its figure: sharp on screens of double density, and in print. */
const SCALE = 2;

/**
 * Draws panels (images, curves) row by row as one figure; returns the text of an SVG file. `undefined` leaves a place
 * empty.
 */
export async function figure(
  panels: readonly (Panel | undefined)[],
  options: FigureOptions = {},
): Promise<string> {
  const { drawFigure } = await import("./figure.ts");
  return drawFigure(panels, options);
}

/** Encodes an SVG, drawn with `scale` pixels for each of its own (default 2), or bare pixels as the bytes of a PNG file. */
export async function encodePng(
  picture: string | Raster,
  { scale = SCALE }: { readonly scale?: number } = {},
): Promise<Uint8Array> {
  if (typeof picture !== "string") return encodeRaster(picture);
  const { rasterise } = await import("./rasterise.ts");
  return await rasterise(picture, scale);
}

/** Writes what {@linkcode encodePng} encodes as a file, whole or not at all. Throws `DataError` where it cannot. */
export async function writePng(
  path: string,
  picture: string | Raster,
  options: { readonly scale?: number } = {},
): Promise<void> {
  await writeFileAtomic(path, await encodePng(picture, options));
}

/** Writes a figure as a PNG file and, beside it, as SVG; returns the bytes of the PNG. */
export async function writeFigure(path: string, svg: string): Promise<Uint8Array> {
  const png = await encodePng(svg);
  await writeFileAtomic(path, png);
  await writeFileAtomic(path.replace(/\.png$/, "") + ".svg", svg);
  return png;
}
