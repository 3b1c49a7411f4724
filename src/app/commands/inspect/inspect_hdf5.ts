/**
 * The report of `plica inspect` on an HDF5 file that is no scan by itself: what is in it, and which flags would make it
 * one.
 *
 * @module
 */
import { DataError, describeShape } from "../../../common/mod.ts";
import { openHdf5 } from "../../../formats/mod.ts";
import { openScanFile, type ReadingHints } from "../../../scan/mod.ts";
import type { CommandResult } from "../../shell/command.ts";
import { EXIT } from "../../shell/exit.ts";
import { formatTable } from "../../shell/table.ts";

/** Datasets that are listed. */
const LISTED = 60;

/** Opens a file as a scan; where it cannot be one, the report lists the datasets of an HDF5 file. */
export async function openOrList(
  file: string,
  options: { readonly signal: AbortSignal; readonly hints: ReadingHints | undefined },
): Promise<Awaited<ReturnType<typeof openScanFile>> | CommandResult> {
  try {
    return await openScanFile(file, options);
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    const listed = await datasetsOf(file);
    if (!listed) throw error;
    return {
      summary: { file, kind: "hdf5", datasets: listed, problems: [error.message] },
      lines: [
        `${file}: HDF5`,
        "",
        ...formatTable(
          ["dataset", "type", "shape", "units"],
          listed.slice(0, LISTED).map((
            { path, dtype, shape, units },
          ) => [path, dtype, describeShape(shape), units]),
        ),
        ...(listed.length > LISTED ? [`and ${listed.length - LISTED} more`] : []),
        "",
        `problem: ${error.message}`,
      ],
      exitCode: EXIT.failed,
    };
  }
}

interface Listed {
  readonly path: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly units: string;
}

/** Undefined for a file that is no HDF5. */
async function datasetsOf(file: string): Promise<Listed[] | undefined> {
  try {
    await using hdf5 = await openHdf5(file);
    const listed: Listed[] = [];
    for (const { path, dtype, shape } of await hdf5.datasets()) {
      const units = String((await hdf5.attributes(path)).get("units") ?? "");
      listed.push({ path, dtype: dtype ?? "other", shape, units });
    }
    return listed;
  } catch (error) {
    if (error instanceof DataError) return undefined;
    throw error;
  }
}
