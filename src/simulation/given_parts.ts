/**
 * Object and positions that a simulation takes from files instead of drawing them.
 *
 * @module
 */
import type { SimulationConfig } from "../config/mod.ts";
import { DataError, OptionError } from "../common/mod.ts";
import { openNpz, toFloat64 } from "../formats/mod.ts";
import { readObjectFile } from "../image/mod.ts";
import type { PlacedImage, PositionsPx } from "../numeric/mod.ts";

/** Parts of an experiment from files. */
export interface GivenParts {
  /** In the frame of its file. */
  readonly object?: PlacedImage;
  readonly positions?: PositionsPx;
}

/**
 * Reads what the settings name: the object of an NPZ, and the positions of an NPZ. Throws `OptionError` where a name is
 * missing, `DataError` for a file that cannot be used.
 */
export async function readGivenParts(
  { object, objectFile, scan, scanFile }: SimulationConfig,
  signal?: AbortSignal,
): Promise<GivenParts> {
  return {
    ...(object === "file"
      ? { object: (await readObjectFile(named("objectFile", objectFile), { signal })).object }
      : {}),
    ...(scan === "file" ? { positions: await readPositions(named("scanFile", scanFile), signal) } : {}),
  };
}

function named(option: "objectFile" | "scanFile", file: string | null): string {
  if (file !== null) return file;
  throw new OptionError({
    option,
    found: "none",
    expected: option === "objectFile" ? "an NPZ with an object" : "an NPZ with positions",
    remedy: `name the file, or choose another ${option === "objectFile" ? "object" : "scan"}`,
  });
}

async function readPositions(file: string, signal?: AbortSignal): Promise<PositionsPx> {
  await using npz = await openNpz(file, { signal });
  const [x, y] = await Promise.all(
    ["xcoords", "ycoords"].map(async (key) => {
      const values = Float64Array.from(toFloat64(await npz.readArray(key)));
      if (values.length > 0 && values.every(Number.isFinite)) return values;
      throw new DataError({
        file,
        key,
        found: values.length === 0 ? "no positions" : "values that are not finite",
        expected: "a position in pixels for each pattern",
        remedy: "repair the file, or name another one",
      });
    }),
  );
  if (x.length === y.length) return { x, y };
  throw new DataError({
    file,
    key: "ycoords",
    found: `${y.length} values`,
    expected: `${x.length}, as many as xcoords has`,
    remedy: "repair the file, or name another one",
  });
}
