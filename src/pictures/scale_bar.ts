/**
 * Lengths of scale bars.
 *
 * @module
 */

/** A bar of a round length. */
export interface ScaleBar {
  /** Length on the screen. */
  readonly pixels: number;
  /** `500 nm`, `2 µm`, `20 px`. */
  readonly label: string;
}

/** Size of the pixels of an image. */
export interface Scale {
  readonly unit: "m" | "px";
  /** In the unit, for each pixel of the image. */
  readonly perPixel: number;
}

/**
 * Makes the scale of an image: in metres where the side of an object pixel is known, else in object pixels. `pixels`:
 * object pixels for each pixel of the image; default 1.
 */
export function scaleOf(pixelSizeM: number | undefined, pixels = 1): Scale {
  return pixelSizeM === undefined
    ? { unit: "px", perPixel: pixels }
    : { unit: "m", perPixel: pixels * pixelSizeM };
}

/** The bar takes at most this part of the width of the image. */
const PART = 0.28;

const UNITS = [["mm", 1e-3], ["µm", 1e-6], ["nm", 1e-9], ["pm", 1e-12]] as const;

/**
 * Returns a bar of 1, 2 or 5 times a power of ten, at most about a quarter of the width of an image; `zoom`: pixels
 * of the screen for each of the image.
 */
export function scaleBar(
  { unit, perPixel }: Scale,
  { width, zoom }: { readonly width: number; readonly zoom: number },
): ScaleBar {
  const most = PART * width * perPixel;
  const power = 10 ** Math.floor(Math.log10(most) + 1e-9);
  const length = power * ([5, 2, 1].find((step) => step * power <= most * (1 + 1e-9)) ?? 1);
  const label = unit === "px" ? `${Number(length.toPrecision(4))} px` : lengthText(length);
  return { pixels: length / perPixel * zoom, label };
}

/** A length in the unit that makes it a number from 1 to 1000: `500 nm`. */
function lengthText(metres: number): string {
  const [name, size] = UNITS.find(([, one]) => metres >= one * (1 - 1e-9)) ?? UNITS[UNITS.length - 1];
  return `${Number((metres / size).toPrecision(4))} ${name}`;
}
