/**
 * HyperSpy's files, `.hspy` 3.x: a signal (y, x, ky, kx) with calibrated axes.
 *
 * @module
 */
import { wavelengthOfElectrons } from "../../wavelength.ts";
import type { ForeignScan, ScanReader } from "../foreign.ts";
import { pixelOf, rasterPositions, reciprocalPerM, stemLength } from "../stem.ts";
import { framesAt } from "../values.ts";

/** HyperSpy. */
export const hspy: ScanReader = {
  format: "HyperSpy",
  async recognises({ hdf5 }) {
    return hdf5 !== undefined && (await hdf5.attributes("/")).get("file_format") === "HyperSpy";
  },
  async read({ hdf5, hints }): Promise<ForeignScan> {
    if (!hdf5) throw new Error("it is HDF5");
    const signal = (await hdf5.datasets()).find(({ path, shape }) =>
      shape.length === 4 && path.startsWith("/Experiments/")
    );
    const path = signal?.path ?? "/Experiments/data";
    const frames = await framesAt(hdf5, path);
    const group = path.slice(0, path.lastIndexOf("/"));
    const axis = async (k: number) => {
      const attributes = await hdf5.attributes(`${group}/axis-${k}`);
      return { scale: Number(attributes.get("scale") ?? 0), units: String(attributes.get("units") ?? "") };
    };
    const [y, x, ky, kx] = [await axis(0), await axis(1), await axis(2), await axis(3)];
    const microscope = await hdf5.attributes(`${group}/metadata/Acquisition_instrument/TEM`);
    const beam = Number(microscope.get("beam_energy") ?? 0);
    const wavelengthM = beam > 0 ? wavelengthOfElectrons(1000 * beam) : hints.wavelengthM;
    const perM = [
      reciprocalPerM(ky.scale, ky.units, { wavelengthM }),
      reciprocalPerM(kx.scale, kx.units, { wavelengthM }),
    ];
    const [rows, columns] = signal?.shape ?? [0, 0];
    return {
      format: "HyperSpy",
      frames,
      positions: rasterPositions({
        rows,
        columns,
        stepYM: stemLength(y.scale, y.units) ?? 0,
        stepXM: stemLength(x.scale, x.units) ?? 0,
      }),
      exposure: {
        wavelengthM,
        ...(perM[0] && perM[1]
          ? { objectPixelM: [pixelOf(perM[0], frames.height), pixelOf(perM[1], frames.width)] }
          : {}),
      },
      notes: [`a raster of ${rows} x ${columns}`],
    };
  },
};
