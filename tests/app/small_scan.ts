/**
 * A scan of nine patterns in a folder of its own, and flags for the smallest training that is one.
 *
 * @module
 */
import { writeNpz } from "../../src/formats/npy/npz_write.ts";
import { diskScan } from "../support/disk_scan.ts";

/** The narrow historical network on one thread. */
export const SMALL_TRAINING: readonly string[] = Object.freeze([
  ...["--profile", "amplitude", "--n-filters-scale", "1", "--no-cbam-encoder", "--gridsize", "1"],
  ...["--batch-size", "3", "--val-fraction", "0.2", "--accelerator", "wasm", "--threads", "1"],
]);

/** A temporary folder with the scan `scan.npz`, removed when the tests of the file have run. */
export async function folderWithScan(): Promise<{ folder: string; scan: string }> {
  const folder = await Deno.makeTempDir();
  globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
  const scan = `${folder}/scan.npz`;
  const { side, diffraction, xcoords, ycoords, probe } = diskScan({ across: 3 });
  const n = xcoords.length;
  await writeNpz(scan, {
    diffraction: { dtype: "float32", shape: [n, side, side], data: diffraction },
    xcoords: { dtype: "float64", shape: [n], data: xcoords },
    ycoords: { dtype: "float64", shape: [n], data: ycoords },
    probeGuess: { dtype: "complex64", shape: [side, side], data: probe },
    _metadata: { dtype: "string", shape: [], data: ['{"plica": {"nepochs": 2}, "gridsize": 7}'] },
  });
  return { folder, scan };
}
