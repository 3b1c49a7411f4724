/**
 * CXI, the Coherent X-ray Imaging data bank's format (Maia, Nature Methods 9, 2012), as cdtools and ptychodus write it.
 *
 * @module
 */
import type { Hdf5Reader } from "../../../formats/mod.ts";
import { toFloat64 } from "../../../formats/mod.ts";
import { wavelengthOfEv, wavelengthOfJoule } from "../../wavelength.ts";
import type { Exposure, ForeignScan, ScanReader } from "../foreign.ts";
import { badPixelsAt, framesAt, lengthAt, numberAt, probeAt } from "../values.ts";

const ENTRY = "/entry_1";
const DETECTOR = `${ENTRY}/instrument_1/detector_1`;
const DATA = [`${ENTRY}/data_1/data`, `${DETECTOR}/data`];
const TRANSLATIONS = [
  `${ENTRY}/data_1/translation`,
  `${ENTRY}/sample_1/geometry_1/translation`,
  `${DETECTOR}/translation`,
  `${ENTRY}/sample_1/geometry/translation`,
];
/** A signal above the background is good; any other bit of the mask is bad. */
const GOOD_BITS = 0x1000;
/** No photon has so much energy in joule: the number is in eV. */
const MOST_JOULE = 1e-6;

/** CXI. */
export const cxi: ScanReader = {
  format: "CXI",
  async recognises({ hdf5 }) {
    return hdf5 !== undefined && await hdf5.find("/cxi_version") !== undefined;
  },
  async read({ hdf5 }): Promise<ForeignScan> {
    if (!hdf5) throw new Error("CXI is HDF5");
    const frames = await framesAt(hdf5, await firstOf(hdf5, DATA) ?? DATA[0]);
    const notes: string[] = [];
    const exposure = await exposureOf(hdf5, notes);
    const basis = await basisOf(hdf5);
    const translation = await firstOf(hdf5, TRANSLATIONS);
    const values = translation === undefined ? undefined : toFloat64(await hdf5.read(translation));
    const along = (step: readonly number[]) => {
      const length = Math.hypot(...step);
      return Float64Array.from(
        { length: frames.n },
        (_, k) =>
          -[0, 1, 2].reduce((sum, axis) => sum + step[axis] / length * (values?.[3 * k + axis] ?? NaN), 0),
      );
    };
    const pixels = [Math.hypot(...basis[0]), Math.hypot(...basis[1])] as const;
    if (basis[0][1] >= 0 || basis[1][0] >= 0) notes.push("axes of the detector by its basis_vectors");
    return {
      format: "CXI",
      frames,
      positions: values && { x: along(basis[1]), y: along(basis[0]), unit: "m" },
      probe: await probeAt(hdf5, `${ENTRY}/instrument_1/source_1/illumination`),
      badPixels: await badPixelsAt(hdf5, `${DETECTOR}/mask`, (value) => (value & ~GOOD_BITS) !== 0),
      exposure: { ...exposure, ...(pixels[0] > 1e-12 ? { detectorPixelM: pixels } : {}) },
      notes,
    };
  },
};

async function firstOf(file: Hdf5Reader, paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) if (await file.find(path)) return path;
  return undefined;
}

async function exposureOf(file: Hdf5Reader, notes: string[]): Promise<Exposure> {
  const energy = await numberAt(file, `${ENTRY}/instrument_1/source_1/energy`);
  const wavelength = await lengthAt(file, `${ENTRY}/instrument_1/source_1/wavelength`);
  if (energy !== undefined && energy > MOST_JOULE) {
    notes.push(`energy ${energy} is taken as eV: no photon has so many joule`);
  }
  const ofEnergy = energy && (energy > MOST_JOULE ? wavelengthOfEv(energy) : wavelengthOfJoule(energy));
  return { wavelengthM: wavelength ?? ofEnergy, distanceM: await lengthAt(file, `${DETECTOR}/distance`) };
}

/** Steps of a row and of a column of the detector in metres; by default (0, -y, 0) and (-x, 0, 0). */
async function basisOf(file: Hdf5Reader): Promise<readonly [readonly number[], readonly number[]]> {
  const path = `${DETECTOR}/basis_vectors`;
  const dataset = await file.find(path);
  if (dataset?.shape.length === 2 && dataset.shape.includes(2) && dataset.shape.includes(3)) {
    const values = toFloat64(await file.read(path));
    const columns = dataset.shape[1] === 2;
    const vector = (k: number) => [0, 1, 2].map((axis) => values[columns ? 2 * axis + k : 3 * k + axis]);
    return [vector(0), vector(1)];
  }
  const x = await lengthAt(file, `${DETECTOR}/x_pixel_size`),
    y = await lengthAt(file, `${DETECTOR}/y_pixel_size`);
  return [[0, -(y ?? x ?? 1e-13), 0], [-(x ?? y ?? 1e-13), 0, 0]];
}
