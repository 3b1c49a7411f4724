/**
 * Opens a scan file of any format that is known, as an NPZ of ours.
 *
 * @module
 */
import { DataError } from "../../common/mod.ts";
import { type Hdf5Reader, isHdf5, type Npz, openHdf5, openNpz } from "../../formats/mod.ts";
import { type ByteSource, openSource, type SourceLike, type SourceOptions } from "../../host/mod.ts";
import type { Measurement } from "../types.ts";
import type { ReadingHints } from "../hints.ts";
import { canonicalNpz } from "./canonical.ts";
import type { ForeignFile, ForeignScan, ScanReader } from "./foreign.ts";
import { hdf5ByPath } from "./hdf5/by_path.ts";
import { cxi } from "./hdf5/cxi.ts";
import { emd } from "./hdf5/emd.ts";
import { hspy } from "./hdf5/hspy.ts";
import { ptychi } from "./hdf5/ptychi.ts";
import { ptychodus } from "./hdf5/ptychodus.ts";
import { ptylab } from "./hdf5/ptylab.ts";
import { ptypy } from "./hdf5/ptypy.ts";
import { inUnitOfHint, positionsByHint } from "./positions.ts";
import { foreignNpz, ownScan } from "./npz.ts";
import { empad } from "./raw/empad.ts";
import { mib } from "./raw/mib.ts";
import { npy } from "./raw/npy.ts";
import { tiff } from "./raw/tiff.ts";

/** The readers in the order in which they are asked; any HDF5 is the last of those that read HDF5. */
const READERS: readonly ScanReader[] = [
  cxi,
  ptychodus,
  ptychi,
  ptylab,
  ptypy,
  emd,
  hspy,
  hdf5ByPath,
  npy,
  tiff,
  mib,
  empad,
];

/** An open file, as an NPZ of ours. */
export interface OpenedFile {
  readonly npz: Npz;
  /** Kind of the patterns, where the format says. */
  readonly measurement?: Measurement;
  /** What was decided; empty for an NPZ of ours. */
  readonly notes: readonly string[];
}

const ZIP_HEAD = [0x50, 0x4b];

/** Opens a file by its content. Throws `DataError` for a format that no reader knows. */
export async function openScanFile(
  source: SourceLike,
  { hints = {}, ...options }: SourceOptions & { readonly hints?: ReadingHints } = {},
): Promise<OpenedFile> {
  const bytes = await openSource(source, options);
  const head = await bytes.read(0, Math.min(8, bytes.size));
  const begins = (magic: readonly number[]) => magic.every((byte, i) => head[i] === byte);
  if (begins(ZIP_HEAD) || bytes.size === 0) {
    await bytes.close();
    return await openZipped(source, { hints, ...options });
  }
  const opened: Hdf5Reader[] = [];
  const close = async () => {
    for (const file of opened) await file.close();
    await bytes.close();
  };
  try {
    const hdf5 = isHdf5(head) ? await openHdf5(source, options) : undefined;
    if (hdf5) opened.push(hdf5);
    const file = {
      source: bytes,
      hints,
      hdf5,
      async beside(name: string) {
        const there = await openBeside(bytes, name);
        if (there) opened.push(there);
        return there;
      },
    };
    for (const reader of READERS) {
      if (!await reader.recognises(file)) continue;
      return await prepared(await reader.read(file), { file, close });
    }
    throw new DataError({
      file: bytes.name,
      found: "a file of no format that is known",
      expected: `NPZ, HDF5 (${READERS.map(({ format }) => format).join(", ")})`,
      remedy: "save the scan as NPZ or CXI",
    });
  } catch (error) {
    await close();
    throw error;
  }
}

/** True for a zip archive, as an NPZ is; also for an empty file, so that it is refused as one. */
export async function isZipFile(source: SourceLike, options: SourceOptions = {}): Promise<boolean> {
  const bytes = await openSource(source, options);
  try {
    const head = await bytes.read(0, Math.min(ZIP_HEAD.length, bytes.size));
    return bytes.size === 0 || ZIP_HEAD.every((byte, i) => head[i] === byte);
  } finally {
    await bytes.close();
  }
}

async function openZipped(
  source: SourceLike,
  { hints, ...options }: SourceOptions & { readonly hints: ReadingHints },
): Promise<OpenedFile> {
  const npz = await openNpz(source, options);
  try {
    const found = await foreignNpz(npz);
    const ours = npz.has("diffraction") || npz.has("diff3d");
    if (!found && (!ours || !isPrepared(hints))) return { npz, notes: [] };
    const foreign = found ?? await ownScan(npz);
    const file = { source: npz.source, hints, beside: (name: string) => openBeside(npz.source, name) };
    return await prepared(foreign, { file, close: () => npz.close() });
  } catch (error) {
    await npz.close();
    throw error;
  }
}

/** True where an NPZ of ours is not read as it is. */
function isPrepared(hints: ReadingHints): boolean {
  const { patternSize, centre, positionsPath, positionsUnit, badPixels, orientation } = hints;
  const { swapXy, flipX, flipY, zeroAtCorner, patterns } = hints;
  return [patternSize, centre, positionsPath, positionsUnit, badPixels, patterns].some((hint) =>
    hint !== undefined
  ) ||
    Boolean(orientation || swapXy || flipX || flipY || zeroAtCorner);
}

/** What the user says counts before what the file says. */
async function prepared(
  foreign: ForeignScan,
  { file, close }: { readonly file: ForeignFile & { readonly hints: ReadingHints }; close(): Promise<void> },
): Promise<OpenedFile> {
  const { source, hints } = file;
  const { wavelengthM, distanceM, detectorPixelM, centre } = hints;
  const exposure = {
    ...foreign.exposure,
    ...(wavelengthM ? { wavelengthM } : {}),
    ...(distanceM ? { distanceM } : {}),
    ...(detectorPixelM ? { detectorPixelM: [detectorPixelM, detectorPixelM] as const } : {}),
    ...(centre ? { centre } : {}),
  };
  const { patternSize, orientation, swapXy, flipX, flipY, zeroAtCorner, badPixels, patterns } = hints;
  const positions = await positionsByHint(file) ?? inUnitOfHint(foreign, file);
  const npz = await canonicalNpz({ ...foreign, exposure, positions }, {
    ...{ patternSize, orientation, swapXy, flipX, flipY, zeroAtCorner, badPixels, patterns },
    source,
    close,
  });
  const { measurement = "counts", format, notes } = foreign;
  return { npz, measurement, notes: [`read as ${format}`, ...notes, ...unusable(exposure)] };
}

/** Lengths of the file that are none. */
function unusable({ wavelengthM, distanceM, detectorPixelM }: ForeignScan["exposure"]): string[] {
  const lengths = [
    ["wavelength", wavelengthM, "--energy"],
    ["distance", distanceM, "--distance"],
    ["detector pixel", detectorPixelM?.[0], "--detector-pixel"],
  ] as const;
  return lengths.flatMap(([name, value, flag]) =>
    value === undefined || (value > 0 && Number.isFinite(value))
      ? []
      : [`${name} of the file left aside: found ${value} m; give it with ${flag}`]
  );
}

async function openBeside({ path }: ByteSource, name: string): Promise<Hdf5Reader | undefined> {
  if (path === undefined) return undefined;
  const place = /^\/|^[A-Za-z]:/.test(name)
    ? name
    : path.startsWith("file:")
    ? new URL(name, path)
    : path.slice(0, Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1) + name;
  try {
    return await openHdf5(place);
  } catch (error) {
    if (error instanceof DataError) return undefined;
    throw error;
  }
}
