/**
 * EMD 1.0 (`emdfile`) as py4DSTEM writes it (Savitzky et al., Microsc. Microanal. 27, 2021): a data cube
 * (Rx, Ry, Qx, Qy), of which Rx and Qx are rows.
 *
 * @module
 */
import type { Hdf5Reader } from "../../../formats/mod.ts";
import { toFloat64 } from "../../../formats/mod.ts";
import type { ForeignScan, ScanReader } from "../foreign.ts";
import { pixelOf, rasterPositions, reciprocalPerM, stemLength } from "../stem.ts";
import { framesAt, numberAt } from "../values.ts";

/** py4DSTEM. */
export const emd: ScanReader = {
  format: "EMD 4D-STEM",
  async recognises({ hdf5 }) {
    return hdf5 !== undefined && (await hdf5.attributes("/")).get("emd_group_type") === "file" &&
      await cubeOf(hdf5) !== undefined;
  },
  async read({ hdf5, hints }): Promise<ForeignScan> {
    const cube = hdf5 && await cubeOf(hdf5);
    if (!hdf5 || !cube) throw new Error("it is an EMD file with a data cube");
    const frames = await framesAt(hdf5, cube.path);
    const group = cube.path.slice(0, cube.path.lastIndexOf("/"));
    const step = async (axis: number) => {
      const path = `${group}/dim${axis}`;
      if (!await hdf5.find(path)) return { value: 0, unit: "" };
      const values = toFloat64(await hdf5.read(path));
      const unit = String((await hdf5.attributes(path)).get("units") ?? "");
      return { value: values.length > 1 ? values[1] - values[0] : 0, unit };
    };
    const [ry, rx, qy, qx] = [await step(0), await step(1), await step(2), await step(3)];
    const calibration = `/${cube.path.split("/")[1]}/metadatabundle/calibration`;
    const [rows, columns] = cube.shape;
    const exposure = { wavelengthM: hints.wavelengthM };
    const perM = [reciprocalPerM(qy.value, qy.unit, exposure), reciprocalPerM(qx.value, qx.unit, exposure)];
    return {
      format: "EMD 4D-STEM",
      frames,
      positions: rasterPositions({
        rows,
        columns,
        stepYM: stemLength(ry.value, ry.unit) ?? 0,
        stepXM: stemLength(rx.value, rx.unit) ?? 0,
        rotation: await numberAt(hdf5, `${calibration}/QR_rotation`),
      }),
      exposure: {
        ...exposure,
        ...(perM[0] && perM[1]
          ? { objectPixelM: [pixelOf(perM[0], frames.height), pixelOf(perM[1], frames.width)] }
          : {}),
      },
      notes: [`a raster of ${rows} x ${columns}`],
    };
  },
};

async function cubeOf(hdf5: Hdf5Reader): Promise<{ path: string; shape: readonly number[] } | undefined> {
  return (await hdf5.datasets()).find(({ path, shape }) => shape.length === 4 && path.endsWith("/data"));
}
