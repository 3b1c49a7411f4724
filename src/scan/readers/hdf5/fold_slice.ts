/**
 * The pair of files of fold_slice and PtychoShelves: `NAME_dp.hdf5` with `/dp`, and `NAME_para.hdf5` with `/ppX`, `/ppY`
 * and, where they are known, `/lambda` and `/dx` in metres.
 *
 * @module
 */
import { DataError, fileName } from "../../../common/mod.ts";
import type { Hdf5Reader } from "../../../formats/mod.ts";
import type { ForeignFile, ForeignScan, ScanReader } from "../foreign.ts";
import { framesAt, numberAt, vectorAt } from "../values.ts";

/** fold_slice, `NAME_dp.hdf5`. */
export const foldSlice: ScanReader = {
  format: "fold_slice",
  async recognises(file) {
    if (!file.hdf5 || !await file.hdf5.find("/dp")) return false;
    return await positionsFile(file) !== undefined;
  },
  async read(file): Promise<ForeignScan> {
    const { hdf5, source } = file, beside = await positionsFile(file);
    const [x, y] = beside ? [await vectorAt(beside, "/ppX"), await vectorAt(beside, "/ppY")] : [];
    if (!hdf5 || !beside || !x || !y) {
      throw new DataError({
        file: source.name,
        key: "/ppY",
        found: "no such dataset",
        expected: "one as long as /ppX",
        remedy: "write both",
      });
    }
    const pixel = await numberAt(beside, "/dx"), wavelengthM = await numberAt(beside, "/lambda");
    return {
      format: "fold_slice",
      frames: await framesAt(hdf5, "/dp"),
      positions: { x, y, unit: "unstated" },
      exposure: { wavelengthM, ...(pixel ? { objectPixelM: [pixel, pixel] as const } : {}) },
      notes: [
        `positions from ${fileName(beside.file)}`,
        "frames as they lie in the file: MATLAB writes them transposed (--orientation 4)",
      ],
    };
  },
};

/** The file with the positions: this one, or that beside it. */
async function positionsFile({ hdf5, source, beside }: ForeignFile): Promise<Hdf5Reader | undefined> {
  if (await hdf5?.find("/ppX")) return hdf5;
  const there = await beside(fileName(source.name).replace(/dp(\.[^.]*)$/, "para$1"));
  return await there?.find("/ppX") ? there : undefined;
}
