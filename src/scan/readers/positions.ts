/**
 * Positions that lie elsewhere than the patterns.
 *
 * @module
 */
import { DataError, describeShape } from "../../common/mod.ts";
import { type Hdf5Dataset, type Hdf5Reader, toFloat64 } from "../../formats/mod.ts";
import { openSource } from "../../host/mod.ts";
import type { PositionsPx } from "../../numeric/mod.ts";
import { LENGTH_UNITS, type LengthUnit } from "../hints.ts";
import type { ForeignFile, ForeignScan } from "./foreign.ts";
import { unitAt } from "./values.ts";

type Positions = PositionsPx & { readonly unit: "m" | "px" };

/**
 * Reads positions from where a user says: a dataset of the file, of another HDF5 file, two of that file by their names, or a
 * text of two columns. Undefined where nobody says.
 */
export async function positionsByHint(file: ForeignFile): Promise<Positions | undefined> {
  const { hdf5, source, hints: { positionsPath, positionsUnit = "m" } } = file;
  if (positionsPath === undefined) return undefined;
  const scaled = (positions: PositionsPx) => inUnit(positions, positionsUnit);
  if (/\.(csv|txt|dat)$/i.test(positionsPath)) return scaled(await textPositions(positionsPath));
  const [, other, path] = /^(?:(.+\.(?:h5|hdf5|nxs|cxi|mat)))?:?(\/.*)?$/i.exec(positionsPath) ?? [];
  const from = other === undefined ? hdf5 : await file.beside(other);
  const named = from && path === undefined ? await namedPositions(from) : undefined;
  if (named) return positionsUnit !== undefined ? scaled(named) : named;
  if (!from || path === undefined) {
    throw new DataError({
      file: source.name,
      key: "--positions-path",
      found: positionsPath,
      expected: "/PATH, FILE.h5:/PATH, FILE.h5 with x and y by name, or a text file of two columns",
      remedy: "correct it",
    });
  }
  return scaled(await vectorPositions(from, path));
}

/**
 * Positions of the file in the unit that a user says. Throws `DataError` where the file has said the unit of its own.
 */
export function inUnitOfHint(
  { positions, format }: Pick<ForeignScan, "positions" | "format">,
  { source, hints: { positionsUnit } }: Pick<ForeignFile, "source" | "hints">,
): ForeignScan["positions"] {
  if (positions?.unit === "unstated") return inUnit(positions, positionsUnit ?? "m");
  if (!positions || positionsUnit === undefined) return positions;
  if (positions.unit !== "m") return inUnit(positions, positionsUnit);
  throw new DataError({
    file: source.name,
    key: "--positions-unit",
    found: positionsUnit,
    expected: `nothing: positions of ${format} are lengths with a unit`,
    remedy: "leave it out, or name other positions with --positions-path",
  });
}

function inUnit({ x, y }: PositionsPx, unit: LengthUnit): Positions {
  if (unit === "px") return { x, y, unit };
  const scale = LENGTH_UNITS[unit];
  return { x: x.map((value) => scale * value), y: y.map((value) => scale * value), unit: "m" };
}

/** Two vectors of an HDF5 file whose names say x and y, with the numbers that there are to be; in metres by their units. */
export async function namedPositions(
  file: Hdf5Reader,
  n?: number,
): Promise<(Positions & { readonly from: string }) | undefined> {
  const vectors = (await file.datasets()).filter(({ shape, dtype }) =>
    dtype?.startsWith("float") && shape.filter((side) => side > 1).length === 1 &&
    (n === undefined || Math.max(...shape) === n)
  );
  const named = (axis: "x" | "y") =>
    vectors.find(({ path }) =>
      new RegExp(`^(pp|pos(itions?)?_?|sample_?|motor_?)?${axis}(_?m|_?um|_?mm|coords?)?$`, "i").test(
        path.split("/").at(-1) ?? "",
      )
    );
  const [x, y] = [named("x"), named("y")];
  if (!x || !y) return undefined;
  const read = async ({ path }: Hdf5Dataset) => {
    const scale = await unitAt(file, path, "m");
    return toFloat64(await file.read(path)).map((value) => value * scale);
  };
  return { x: await read(x), y: await read(y), unit: "m", from: `${x.path} and ${y.path}` };
}

/** (n, 2) or (2, n) as y, x; (n, 3) as x, y, z. */
async function vectorPositions(file: Hdf5Reader, path: string): Promise<PositionsPx> {
  const array = await file.read(path), values = toFloat64(array), { shape } = array;
  const rows = shape.length === 2 && shape[1] <= 3;
  const n = rows ? shape[0] : shape.at(-1) ?? 0, columns = rows ? shape[1] : shape[0];
  const axis = (k: number) =>
    Float64Array.from({ length: n }, (_, i) => values[rows ? columns * i + k : k * n + i]);
  if (shape.length === 2 && columns === 2) return { y: axis(0), x: axis(1) };
  if (shape.length === 2 && columns === 3) return { x: axis(0), y: axis(1) };
  throw new DataError({
    file: file.file,
    key: path,
    found: `positions of shape ${describeShape(shape)}`,
    expected: "(n, 2) or (2, n) as y, x; (n, 3) as x, y, z",
    remedy: "name another dataset",
  });
}

/** Two columns: `y,x` in a CSV, `x y` in a text of blanks; lines that begin with # are passed over. */
async function textPositions(path: string): Promise<PositionsPx> {
  const source = await openSource(path);
  const text = new TextDecoder().decode(await source.read(0, source.size));
  await source.close();
  const rows = text.split(/\r?\n/).map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
  const commas = rows.some((row) => row.includes(","));
  const values = rows.map((row) => row.split(commas ? /\s*,\s*/ : /\s+/).map(Number));
  const wrong = values.findIndex((row) => row.length < 2 || !row.slice(0, 2).every(Number.isFinite));
  // one line of names at the beginning is no position
  const numbers = wrong === 0 ? values.slice(1) : values;
  const bad = numbers.findIndex((row) => row.length < 2 || !row.slice(0, 2).every(Number.isFinite));
  if (bad >= 0 || numbers.length === 0) {
    throw new DataError({
      file: path,
      key: `line ${bad + 1}`,
      found: rows[bad + (wrong === 0 ? 1 : 0)] ?? "nothing",
      expected: commas ? "y,x" : "x y",
      remedy: "write a position on each line",
    });
  }
  const named = wrong === 0
    ? rows[0].split(commas ? /\s*,\s*/ : /\s+/).map((name) => name.toLowerCase())
    : [];
  const xFirst = named.length >= 2 ? named[0].startsWith("x") : !commas;
  const column = (k: number) => Float64Array.from(numbers, (row) => row[k]);
  return xFirst ? { x: column(0), y: column(1) } : { y: column(0), x: column(1) };
}
