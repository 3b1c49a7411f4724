/**
 * Any HDF5 or NeXus file: patterns and positions by path, or by a search where it says nothing; what an Eiger detector
 * writes beside its frames.
 *
 * @module
 */
import { DataError, describeNames, describeShape } from "../../../common/mod.ts";
import type { Hdf5Dataset, Hdf5Reader } from "../../../formats/mod.ts";
import { wavelengthOfEv } from "../../wavelength.ts";
import type { Exposure, ForeignScan, ScanReader } from "../foreign.ts";
import { namedPositions } from "../positions.ts";
import { badPixelsAt, framesAt, joinFrames, lengthAt, numberAt } from "../values.ts";

const DETECTOR = "/entry/instrument/detector";

/** Any HDF5 file. */
export const hdf5ByPath: ScanReader = {
  format: "HDF5",
  recognises: ({ hdf5 }) => hdf5 !== undefined,
  async read(file): Promise<ForeignScan> {
    const { hdf5, hints } = file;
    if (!hdf5) throw new Error("it is HDF5");
    const notes: string[] = [];
    const paths = hints.dataPath === undefined ? await findFrames(hdf5, notes) : [hints.dataPath];
    const frames = joinFrames(await Promise.all(paths.map((path) => framesAt(hdf5, path))));
    const positions = hints.positionsPath === undefined ? await namedPositions(hdf5, frames.n) : undefined;
    if (positions) notes.push(`positions from ${positions.from}`);
    return {
      format: "HDF5",
      frames,
      positions,
      badPixels: await badPixelsAt(hdf5, `${DETECTOR}/detectorSpecific/pixel_mask`) ??
        await badPixelsAt(hdf5, `${DETECTOR}/pixel_mask`),
      exposure: await exposureOf(hdf5),
      notes,
    };
  },
};

/** The stack with the most frames; several of one name and a number, as an Eiger detector writes them, are one. */
async function findFrames(hdf5: Hdf5Reader, notes: string[]): Promise<readonly string[]> {
  const stacks = (await hdf5.datasets()).filter(({ shape, dtype }) =>
    shape.length >= 3 && dtype !== undefined && /^(u?int|float)/.test(dtype) && shape.at(-1) !== 1 &&
    Math.min(...shape.slice(-2)) >= 8
  );
  const series = new Map<string, Hdf5Dataset[]>();
  for (const stack of stacks) {
    const name = stack.path.replace(/_\d+$/, "");
    series.set(name, [...series.get(name) ?? [], stack]);
  }
  const candidates = [...series.values()].sort((a, b) => sizeOf(b) - sizeOf(a));
  if (candidates.length === 0) {
    throw new DataError({
      file: hdf5.file,
      key: "patterns",
      found: `no stack of frames among ${describeNames((await hdf5.datasets()).map(({ path }) => path), 8)}`,
      expected: "real values of shape (n, height, width)",
      remedy: "name the patterns with --data-path",
    });
  }
  const [chosen, ...others] = candidates;
  const paths = chosen.map(({ path }) => path).sort();
  notes.push(
    `patterns from ${describeNames(paths, 3)}, ${describeShape(chosen[0].shape)} ${chosen[0].dtype}`,
  );
  if (others.length > 0) {
    notes.push(
      `other stacks: ${
        describeNames(others.map(([{ path, shape }]) => `${path} ${describeShape(shape)}`), 4)
      }`,
    );
  }
  return paths;
}

function sizeOf(stacks: readonly Hdf5Dataset[]): number {
  return stacks.reduce((sum, { bytes }) => sum + bytes, 0);
}

async function exposureOf(hdf5: Hdf5Reader): Promise<Exposure> {
  const x = await lengthAt(hdf5, `${DETECTOR}/x_pixel_size`),
    y = await lengthAt(hdf5, `${DETECTOR}/y_pixel_size`);
  const energy = await numberAt(hdf5, `${DETECTOR}/detectorSpecific/photon_energy`);
  const wavelength = await lengthAt(hdf5, "/entry/instrument/beam/incident_wavelength", "angstrom");
  const [column, row] = [
    await numberAt(hdf5, `${DETECTOR}/beam_center_x`),
    await numberAt(hdf5, `${DETECTOR}/beam_center_y`),
  ];
  const pixels = [y ?? x, x ?? y] as const;
  return {
    wavelengthM: wavelength ?? (energy ? wavelengthOfEv(energy) : undefined),
    distanceM: await lengthAt(hdf5, `${DETECTOR}/detector_distance`) ??
      await lengthAt(hdf5, `${DETECTOR}/distance`),
    ...(pixels[0] && pixels[1] ? { detectorPixelM: [pixels[0], pixels[1]] } : {}),
    ...(row && column ? { centre: [row, column] } : {}),
  };
}
