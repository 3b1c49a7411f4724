/**
 * Input files of PtyLab (Loetgering et al., Opt. Express 31, 2023): flat HDF5 in metres.
 *
 * @module
 */
import { toFloat64 } from "../../../formats/mod.ts";
import type { ForeignScan, ScanReader } from "../foreign.ts";
import { framesAt, numberAt } from "../values.ts";

/** PtyLab. */
export const ptylab: ScanReader = {
  format: "PtyLab",
  async recognises({ hdf5 }) {
    return hdf5 !== undefined && await hdf5.find("/ptychogram") !== undefined &&
      await hdf5.find("/encoder") !== undefined;
  },
  async read({ hdf5 }): Promise<ForeignScan> {
    if (!hdf5) throw new Error("it is HDF5");
    const frames = await framesAt(hdf5, "/ptychogram");
    const encoder = await hdf5.read("/encoder"), values = toFloat64(encoder);
    // (n, 2) as y, x; MATLAB writes (2, n)
    const columns = encoder.shape[0] === 2 && encoder.shape[1] !== 2;
    const axis = (k: 0 | 1) =>
      Float64Array.from({ length: frames.n }, (_, i) => values[columns ? k * frames.n + i : 2 * i + k]);
    const detector = await numberAt(hdf5, "/dxd");
    return {
      format: "PtyLab",
      frames,
      positions: { y: axis(0), x: axis(1), unit: "m" },
      exposure: {
        wavelengthM: await numberAt(hdf5, "/wavelength"),
        distanceM: await numberAt(hdf5, "/zo"),
        ...(detector ? { detectorPixelM: [detector, detector] } : {}),
      },
      notes: [],
    };
  },
};
