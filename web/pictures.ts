/**
 * Rendered images as bitmaps with their colour bars, made on the thread that computes.
 *
 * @module
 */
import { colourBar } from "../src/pictures/image_panel.ts";
import type { Rendered } from "../src/pictures/mod.ts";
import type { Picture } from "./messages.ts";

const STEPS = 256;
/** Height for which the marks of colour bars are chosen, in pixels. */
const BAR_HEIGHT = 240;

/** Makes the picture of a rendered image. */
export async function pictureOf(
  rendered: Rendered,
  { label, pixelSizeM, mask }: {
    readonly label: string;
    readonly pixelSizeM?: number;
    /** Where it is 0 the picture is transparent. */
    readonly mask?: Uint8Array;
  },
): Promise<Picture> {
  const { width, height, channels, data } = rendered;
  const pixels = new ImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    for (let channel = 0; channel < 3; channel++) {
      pixels.data[4 * i + channel] = data[channels * i + (channels === 1 ? 0 : channel)];
    }
    pixels.data[4 * i + 3] = mask?.[i] === 0 ? 0 : 255;
  }
  const { colourAt, ticks, factor } = colourBar(rendered, BAR_HEIGHT);
  const colours = new Uint8Array(3 * STEPS);
  for (let step = 0; step < STEPS; step++) colours.set(colourAt(step / (STEPS - 1)), 3 * step);
  return {
    bitmap: await createImageBitmap(pixels),
    label,
    colours,
    ticks: ticks.map(({ at, label }) => ({ at, label })),
    factor,
    pixelSizeM,
  };
}
