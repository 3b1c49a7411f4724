/**
 * Opens a scan file of any format that is known, as an NPZ of ours.
 *
 * @module
 */
import { type Npz, openNpz } from "../../formats/mod.ts";
import { type ByteSource, openSource, type SourceLike, type SourceOptions } from "../../host/mod.ts";
import type { ReadingHints } from "../hints.ts";
import type { ForeignFile, ForeignScan } from "../readers/foreign.ts";
import { foreignNpz, ownScan } from "../readers/npz.ts";
import { inUnitOfHint, positionsByHint } from "../readers/positions.ts";
import { openBeside, readForeign } from "../readers/registry.ts";
import type { Measurement } from "../types.ts";
import { canonicalNpz } from "./canonical.ts";
import { detectorImages } from "./detector_images.ts";

/** An open file, as an NPZ of ours. */
export interface OpenedFile {
  readonly npz: Npz;
  /** Kind of the patterns, where the format says. */
  readonly measurement?: Measurement;
  /** What was decided; empty for an NPZ of ours. */
  readonly notes: readonly string[];
}

/** Options of {@linkcode openScanFile}. */
export interface OpenFileOptions extends SourceOptions {
  readonly hints?: ReadingHints;
  /** What a user says that patterns are. Default: as the file says. */
  readonly measurement?: Measurement;
}

const ZIP_HEAD = [0x50, 0x4b];

/** Opens a file by its content. Throws `DataError` for a format that no reader knows. */
export async function openScanFile(
  source: SourceLike,
  { hints = {}, measurement, ...options }: OpenFileOptions = {},
): Promise<OpenedFile> {
  const bytes = await openSource(source, options);
  if (await beginsAsZip(bytes)) {
    await bytes.close();
    return await openZipped(source, { hints, measurement, ...options });
  }
  const { foreign, file, close } = await readForeign(source, { bytes, hints, ...options });
  try {
    return await prepared(foreign, { file, hints, measurement, close });
  } catch (error) {
    await close();
    throw error;
  }
}

/** True for a zip archive, as an NPZ is; also for an empty file, so that it is refused as one. */
export async function isZipFile(source: SourceLike, options: SourceOptions = {}): Promise<boolean> {
  const bytes = await openSource(source, options);
  try {
    return await beginsAsZip(bytes);
  } finally {
    await bytes.close();
  }
}

async function beginsAsZip(bytes: ByteSource): Promise<boolean> {
  const head = await bytes.read(0, Math.min(ZIP_HEAD.length, bytes.size));
  return bytes.size === 0 || ZIP_HEAD.every((byte, i) => head[i] === byte);
}

async function openZipped(
  source: SourceLike,
  { hints, measurement, ...options }: OpenFileOptions & { readonly hints: ReadingHints },
): Promise<OpenedFile> {
  const npz = await openNpz(source, options);
  try {
    const found = await foreignNpz(npz);
    const ours = npz.has("diffraction") || npz.has("diff3d");
    if (!found && (!ours || !isPrepared(hints))) return { npz, notes: [] };
    const foreign = found ?? await ownScan(npz);
    const file = { source: npz.source, hints, beside: (name: string) => openBeside(npz.source, name) };
    return await prepared(foreign, { file, hints, measurement, close: () => npz.close() });
  } catch (error) {
    await npz.close();
    throw error;
  }
}

/** True where an NPZ of ours is not read as it is. */
function isPrepared({ dataPath: _, ...hints }: ReadingHints): boolean {
  return Object.values(hints).some((hint) => hint !== undefined && hint !== false && hint !== 0);
}

/** What the user says counts before what the file says. */
async function prepared(
  foreign: ForeignScan,
  { file, hints, measurement: asked, close }: {
    readonly file: ForeignFile;
    readonly hints: ReadingHints;
    readonly measurement: Measurement | undefined;
    close(): Promise<void>;
  },
): Promise<OpenedFile> {
  const { wavelengthM, distanceM, detectorPixelM, centre, dark, flat, mask, ...rest } = hints;
  const { dataPath: _data, positionsPath: _positions, positionsUnit: _unit, ...preparation } = rest;
  const exposure = {
    ...foreign.exposure,
    ...(wavelengthM ? { wavelengthM } : {}),
    ...(distanceM ? { distanceM } : {}),
    ...(detectorPixelM ? { detectorPixelM: [detectorPixelM, detectorPixelM] as const } : {}),
    ...(centre ? { centre } : {}),
  };
  const measurement = asked ?? foreign.measurement ?? "counts";
  const positions = await positionsByHint(file) ?? inUnitOfHint(foreign, file);
  const { npz, notes } = await canonicalNpz({ ...foreign, measurement, exposure, positions }, {
    ...preparation,
    images: await detectorImages({ dark, flat, mask }, foreign.frames),
    recorded: { dark, flat, mask },
    source: file.source,
    close,
  });
  return { npz, measurement, notes: [`read as ${foreign.format}`, ...notes, ...unusable(exposure)] };
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
