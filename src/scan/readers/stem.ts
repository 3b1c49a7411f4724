/**
 * What the 4D-STEM formats have in common: a raster of frames with a step in real and in reciprocal space.
 *
 * @module
 */
import type { PositionsPx } from "../../numeric/mod.ts";
import type { Exposure, ForeignScan } from "./foreign.ts";

/** A raster: rows and columns, and their steps in metres. */
export interface Raster {
  readonly rows: number;
  readonly columns: number;
  readonly stepYM: number;
  readonly stepXM: number;
  /** Angle of the raster in the frames' axes, in radians. Default 0. */
  readonly rotation?: number;
}

/** Places of a raster, row by row, about its middle. */
function rasterPlaces({ rows, columns, stepYM, stepXM, rotation = 0 }: Raster): PositionsPx {
  const n = rows * columns;
  const place = (k: number) => ({
    x: (k % columns - (columns - 1) / 2) * stepXM,
    y: (Math.floor(k / columns) - (rows - 1) / 2) * stepYM,
  });
  const [cos, sin] = [Math.cos(rotation), Math.sin(rotation)];
  const at = Array.from({ length: n }, (_, k) => place(k));
  return {
    x: Float64Array.from(at, ({ x, y }) => cos * x - sin * y),
    y: Float64Array.from(at, ({ x, y }) => sin * x + cos * y),
  };
}

/** The object pixel of N detector pixels of `stepPerM` each: 1 / (N dq). */
export function pixelOf(stepPerM: number, side: number): number {
  return 1 / (side * stepPerM);
}

/** Positions of a scan whose raster has steps in metres; undefined where it has none. */
export function rasterPositions(raster: Raster): ForeignScan["positions"] {
  const known = raster.stepXM > 0 && raster.stepYM > 0;
  return known ? { ...rasterPlaces(raster), unit: "m" } : undefined;
}

/** Steps in reciprocal space, by their unit: 1 / angstrom, 1 / nm, or mrad with the wavelength. */
export function reciprocalPerM(value: number, unit: string, { wavelengthM }: Exposure): number | undefined {
  const name = unit.trim().replace(/\s/g, "");
  if (/^(A|Å|angstrom)(\^-1|⁻¹|-1)$|^1\/(A|Å)$/i.test(name)) return value * 1e10;
  if (/^nm(\^-1|-1)$|^1\/nm$/i.test(name)) return value * 1e9;
  if (/^mrad$/i.test(name) && wavelengthM) return value * 1e-3 / wavelengthM;
  return undefined;
}

/** A length of a unit that electron microscopists use, in metres. */
export function stemLength(value: number, unit: string): number | undefined {
  const scale =
    { A: 1e-10, "Å": 1e-10, angstrom: 1e-10, nm: 1e-9, um: 1e-6, "µm": 1e-6, pm: 1e-12 }[unit.trim()];
  return scale === undefined ? undefined : value * scale;
}
