/**
 * SVG to PNG, with the font of the figures.
 *
 * @module
 */
import { Resvg } from "../deps/cf_wasm_resvg.ts";
import { decodeBase64 } from "./base64.ts";
import regular from "./assets/inter_regular.base64.txt" with { type: "text" };
import semibold from "./assets/inter_semibold.base64.txt" with { type: "text" };

const FONTS = Object.freeze([decodeBase64(regular), decodeBase64(semibold)]);

/** Draws an SVG with `scale` pixels for each of its own; returns the bytes of a PNG file. */
export async function rasterise(svg: string, scale: number): Promise<Uint8Array> {
  const drawing = await Resvg.async(svg, {
    fitTo: { mode: "zoom", value: scale },
    font: { fontBuffers: [...FONTS], defaultFontFamily: "Inter" },
  });
  try {
    const image = drawing.render();
    try {
      return image.asPng();
    } finally {
      image.free();
    }
  } finally {
    drawing.free();
  }
}
