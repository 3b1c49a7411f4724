/**
 * Images of the detector from files: without light, under even light, its bad pixels.
 *
 * @module
 */
import { DataError } from "../../common/mod.ts";
import { toFloat32 } from "../../formats/mod.ts";
import { openSource } from "../../host/mod.ts";
import type { ReaderHints } from "../hints.ts";
import type { Frames } from "../readers/foreign.ts";
import { readForeign } from "../readers/registry.ts";
import type { DetectorImages } from "./canonical.ts";

/** Reads the images that a user names. Throws `DataError` where one has not the shape of the frames. */
export async function detectorImages(
  { dark, flat, mask }: Pick<ReaderHints, "dark" | "flat" | "mask">,
  frames: Frames,
): Promise<DetectorImages> {
  const light = flat === undefined ? undefined : await meanFrame(flat, { flag: "--flat", frames });
  if (light && !light.some((value) => value > 0)) {
    throw new DataError({
      file: flat ?? "",
      key: "--flat",
      found: "no pixel with light",
      expected: "frames under even light",
      remedy: "name other frames",
    });
  }
  return {
    ...(dark === undefined
      ? {}
      : { dark: typeof dark === "number" ? dark : await meanFrame(dark, { flag: "--dark", frames }) }),
    ...(light ? { flat: light } : {}),
    ...(mask === undefined ? {} : { map: await meanFrame(mask, { flag: "--mask", frames }) }),
  };
}

/** The mean of all frames of `FILE`, or of the dataset `FILE.h5:/PATH`. */
async function meanFrame(
  place: string,
  { flag, frames: { height, width } }: { readonly flag: string; readonly frames: Frames },
): Promise<Float32Array> {
  const [, name = place, dataPath] = /^(.+?\.\w+):(\/.*)$/.exec(place) ?? [];
  const bytes = await openSource(name);
  const { foreign: { frames }, close } = await readForeign(name, {
    bytes,
    hints: dataPath === undefined ? {} : { dataPath },
  });
  try {
    if (frames.height !== height || frames.width !== width) {
      throw new DataError({
        file: name,
        key: flag,
        found: `${frames.height} x ${frames.width} pixels`,
        expected: `${height} x ${width}, as the frames of the scan`,
        remedy: "give an image of the whole detector, not cropped and not in bins",
      });
    }
    const sum = new Float64Array(height * width);
    for (let k = 0; k < frames.n; k++) {
      const values = toFloat32(await frames.read(k, 1));
      for (let pixel = 0; pixel < sum.length; pixel++) sum[pixel] += values[pixel] / frames.n;
    }
    return Float32Array.from(sum);
  } finally {
    await close();
  }
}
