/**
 * The pair of files of pty-chi's examples: `NAME_dp.hdf5` with the patterns, `NAME_para.hdf5` with the rest.
 *
 * @module
 */
import { DataError, fileName } from "../../../common/mod.ts";
import type { ForeignScan, ScanReader } from "../foreign.ts";
import { framesAt, numberAt } from "../values.ts";
import { isProduct, readProduct } from "./ptychodus_product.ts";

/** pty-chi, `NAME_dp.hdf5`. */
export const ptychi: ScanReader = {
  format: "pty-chi",
  async recognises({ hdf5, beside, source }) {
    if (!hdf5 || !await hdf5.find("/dp")) return false;
    const file = await beside(parametersOf(source.name));
    return file !== undefined && await isProduct(file);
  },
  async read({ hdf5, beside, source }): Promise<ForeignScan> {
    const name = parametersOf(source.name);
    const file = await beside(name);
    if (!hdf5 || !file) {
      throw new DataError({
        file: source.name,
        found: `no ${name} beside it`,
        expected: "positions and probe",
        remedy: "copy it there",
      });
    }
    const product = await readProduct(file);
    const lambda = await numberAt(file, "/lambda");
    return {
      format: "pty-chi",
      frames: await framesAt(hdf5, "/dp"),
      positions: { x: product.x, y: product.y, unit: "frame-px" },
      probe: product.probe,
      object: product.object,
      exposure: {
        wavelengthM: lambda ?? product.wavelengthM,
        distanceM: product.distanceM,
        objectPixelM: [product.pixelSizeM, product.pixelSizeM],
      },
      notes: [`positions, probe and object from ${name}`],
    };
  },
};

function parametersOf(name: string): string {
  return fileName(name).replace(/dp(\.[^.]*)$/, "para$1");
}
