/**
 * Data of ptypy (Enders, Thibault, Proc. R. Soc. A 472, 2016), `.ptyd`: chunks of frames with their positions.
 *
 * @module
 */
import type { Hdf5Reader } from "../../../formats/mod.ts";
import { toFloat64 } from "../../../formats/mod.ts";
import { wavelengthOfEv } from "../../wavelength.ts";
import type { ForeignScan, ScanReader } from "../foreign.ts";
import { framesAt, joinFrames, numberAt, vectorAt } from "../values.ts";

/** ptypy. */
export const ptypy: ScanReader = {
  format: "ptypy data",
  async recognises({ hdf5 }) {
    return hdf5 !== undefined && (await hdf5.names("/chunks")).length > 0;
  },
  async read({ hdf5 }): Promise<ForeignScan> {
    if (!hdf5) throw new Error("it is HDF5");
    const chunks = (await hdf5.names("/chunks")).map(Number).sort((a, b) => a - b).map((k) => `/chunks/${k}`);
    const frames = joinFrames(await Promise.all(chunks.map((chunk) => framesAt(hdf5, `${chunk}/data`))));
    const positions = await Promise.all(
      chunks.map(async (chunk) => toFloat64(await hdf5.read(`${chunk}/positions`))),
    );
    const yx = positions.flatMap((part) => [...part]);
    const energy = await numberAt(hdf5, "/meta/energy", "/info/energy");
    const pixel = await vectorAt(hdf5, "/meta/psize") ?? await vectorAt(hdf5, "/info/psize");
    const centre = await vectorAt(hdf5, "/meta/center");
    return {
      format: "ptypy data",
      frames,
      positions: {
        y: Float64Array.from({ length: yx.length / 2 }, (_, k) => yx[2 * k]),
        x: Float64Array.from({ length: yx.length / 2 }, (_, k) => yx[2 * k + 1]),
        unit: "m",
      },
      badPixels: await badPixels(hdf5, chunks, { pixels: frames.height * frames.width }),
      exposure: {
        ...(energy ? { wavelengthM: wavelengthOfEv(1000 * energy) } : {}),
        distanceM: await numberAt(hdf5, "/meta/distance", "/info/distance"),
        ...(pixel ? { detectorPixelM: [pixel[0], pixel[1] ?? pixel[0]] } : {}),
        ...(centre?.length === 2 ? { centre: [centre[0], centre[1]] } : {}),
      },
      notes: [],
    };
  },
};

/** Pixels without weight in every frame of the first chunk. */
async function badPixels(
  hdf5: Hdf5Reader,
  [chunk]: readonly string[],
  { pixels }: { readonly pixels: number },
): Promise<Uint8Array | undefined> {
  const path = `${chunk}/weights`;
  const dataset = await hdf5.find(path);
  if (!dataset || dataset.shape.length !== 3) return undefined;
  const weights = toFloat64(await hdf5.readRows(path, { first: 0, count: dataset.shape[0] }));
  const bad = new Uint8Array(pixels).fill(1);
  weights.forEach((weight, i) => {
    if (weight > 0) bad[i % pixels] = 0;
  });
  return bad.includes(1) && bad.includes(0) ? bad : undefined;
}
