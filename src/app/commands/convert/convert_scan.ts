/**
 * A scan in another format: our NPZ, a CXI file, or diffraction data and product of ptychodus.
 *
 * @module
 */
import { DataError, fileName, isRecord, type ProgressListener } from "../../../common/mod.ts";
import { countOf, type Hdf5Array, type NpzArrays, writeNpz } from "../../../formats/mod.ts";
import {
  type CxiContent,
  openScan,
  openScanFile,
  type OpenScanOptions,
  type Scan,
  writeCxi,
  writeDiffraction,
  writeProduct,
} from "../../../scan/mod.ts";
import type { CommandResult, Workspace } from "../../shell/command.ts";

/** Patterns that are copied at a time. */
const ROWS = 64;

/** HDF5 files are made in memory, whose addresses end at 4 GiB; it is held twice. */
const MOST_BYTES = 2 ** 30;

/** How a scan is written. */
export interface ConvertScanOptions {
  readonly to: string;
  readonly format: "npz" | "product" | "cxi";
  readonly data: OpenScanOptions;
  /** Throws for a file that may not be replaced. */
  readonly free: (file: string) => Promise<void>;
  readonly workspace: Workspace;
}

/** Writes a scan. The whole of it is checked before anything is written. */
export async function convertScan(from: string, options: ConvertScanOptions): Promise<CommandResult> {
  const { to, data, format, workspace: { signal, logger } } = options;
  await using scan = await openScan(from, { ...data, signal, onNote: (line) => logger.info(line) });
  const files = await WRITERS[format](scan, { ...options, from });
  const { n, size } = scan;
  return {
    summary: {
      from,
      to,
      ...(files.length > 1 ? { files } : {}),
      patterns: n,
      size,
      measurement: scan.measurement,
      pixel_size_m: scan.pixelSizeM ?? null,
    },
    lines: [`${from}: ${n} patterns of ${size} x ${size}`, `written to ${files.join(" and ")}`],
  };
}

type Writer = (scan: Scan, options: ConvertScanOptions & { readonly from: string }) => Promise<string[]>;

const WRITERS: Readonly<Record<ConvertScanOptions["format"], Writer>> = {
  npz: writeCanonical,
  async cxi(scan, { to, data, workspace }) {
    const lengths = lengthsOf(scan, data);
    const { pixelM, detectorPixelM, wavelengthM, distanceM } = lengths;
    if (!pixelM || !detectorPixelM || !wavelengthM || !distanceM) {
      throw new DataError({
        file: scan.source,
        found: "a scan without all of its lengths",
        expected: "energy, distance and detector pixel, as CXI has positions in metres",
        remedy: "give --energy, --distance and --detector-pixel",
      });
    }
    const { positionsPx, probe, mask } = scan;
    const known: Omit<CxiContent, "patterns"> = {
      ...{ positionsPx, probe, mask, pixelM, detectorPixelM, wavelengthM, distanceM },
    };
    await writeCxi(to, { ...known, patterns: await wholeStack(scan, workspace) });
    return [to];
  },
  async product(scan, { to, data, free, workspace }) {
    const diffraction = `${
      to.slice(0, Math.max(to.lastIndexOf("/"), to.lastIndexOf("\\")) + 1)
    }diffraction.h5`;
    if (to === diffraction) {
      throw new DataError({
        file: to,
        found: "the name of the patterns",
        expected: "the name of the product, whose patterns go to diffraction.h5 beside it",
        remedy: "name OUT product.h5",
      });
    }
    await free(diffraction);
    const { detectorPixelM, ...lengths } = lengthsOf(scan, data);
    const { positionsPx, probe, mask, n, objectGuess } = scan;
    await writeDiffraction(diffraction, {
      patterns: await wholeStack(scan, workspace),
      mask,
      detectorPixelM,
    });
    const object = objectGuess ? { ...objectGuess, x0: 0, y0: 0 } : transparent(scan);
    await writeProduct(to, {
      name: fileName(scan.source),
      comments: [
        `converted by plica from ${fileName(scan.source)}`,
        ...(objectGuess ? [] : ["the object is a dummy of ones"]),
      ],
      ...{ positionsPx, probe, object },
      ...lengths,
      indexes: Array.from({ length: n }, (_, k) => k),
      photons: scan.meanCounts,
    });
    return [to, diffraction];
  },
};

/** Lengths of a scan by its metadata and by what the user says. */
export function lengthsOf(
  { geometry, size, pixelSizeM, metadata }: Pick<Scan, "geometry" | "size" | "pixelSizeM" | "metadata">,
  { reading = {} }: OpenScanOptions,
) {
  const said = isRecord(metadata) ? metadata : {};
  const number = (key: string) => typeof said[key] === "number" && said[key] > 0 ? said[key] : undefined;
  const wavelengthM = reading.wavelengthM ?? geometry?.wavelengthM ?? number("wavelength_m");
  const distanceM = reading.distanceM ?? geometry?.distanceM ?? number("detector_distance_m");
  const detector = reading.detectorPixelM ?? geometry?.detectorPixelM ?? number("detector_pixel_m");
  const farField = geometry === undefined || geometry.propagation === "far";
  const derived = farField && wavelengthM && distanceM && detector
    ? wavelengthM * distanceM / (size * detector)
    : undefined;
  const width = pixelSizeM ?? derived;
  const height = number("pixel_height_m") ?? width;
  const other = width && height && detector ? detector * width / height : detector;
  return {
    ...{ wavelengthM, distanceM, farField },
    ...(width && height ? { pixelM: [height, width] as const } : {}),
    ...(detector && other ? { detectorPixelM: [farField ? other : detector, detector] as const } : {}),
  };
}

/** An object of ones under all patches. */
function transparent({ positionsPx: { x, y }, size }: Scan) {
  const least = (values: Float64Array) => values.reduce((a, b) => Math.min(a, b), Infinity);
  const most = (values: Float64Array) => values.reduce((a, b) => Math.max(a, b), -Infinity);
  const x0 = Math.floor(least(x)) - size / 2, y0 = Math.floor(least(y)) - size / 2;
  const width = Math.ceil(most(x)) + size / 2 - x0, height = Math.ceil(most(y)) + size / 2 - y0;
  const data = new Float32Array(2 * height * width);
  for (let i = 0; i < data.length; i += 2) data[i] = 1;
  return { height, width, data, x0, y0 };
}

/** All counts as one array of HDF5. */
async function wholeStack(scan: Scan, { signal, screen }: Workspace): Promise<Hdf5Array> {
  const { n, size } = scan, shape = [n, size, size], length = countOf(shape);
  if (4 * length > MOST_BYTES) {
    throw new DataError({
      file: scan.source,
      found: `${n} patterns of ${size} x ${size}`,
      expected: `at most ${MOST_BYTES} bytes for a file of HDF5, which is made in memory`,
      remedy: "write an NPZ, or a smaller --pattern-size",
    });
  }
  const counts = new Float32Array(length);
  let at = 0;
  for await (const part of patternsOf(scan, { counts: true, signal, onProgress: screen.progress })) {
    counts.set(part, at);
    at += part.length;
  }
  const whole = counts.every((value) => Number.isInteger(value));
  return whole
    ? { dtype: "uint32", shape, data: Uint32Array.from(counts) }
    : { dtype: "float32", shape, data: counts };
}

async function writeCanonical(
  scan: Scan,
  { from, to, data, workspace: { signal, screen } }: ConvertScanOptions & { readonly from: string },
): Promise<string[]> {
  const { npz } = await openScanFile(from, { hints: data.reading, signal });
  await using _closed = npz;
  const { n, size, probe } = scan;
  const key = npz.has("diffraction") ? "diffraction" : "diff3d";
  const whole = /^u?int/.test(npz.entry(key).dtype); // counts that are no whole numbers are written as amplitudes
  const kept = npz.entries.map((entry) => entry.key).filter((name) => name !== key && name !== "probeGuess");
  const arrays: Record<string, NpzArrays[string]> = {
    diffraction: {
      dtype: whole ? "uint32" : "float32",
      shape: [n, size, size],
      chunks: canonicalPatterns(scan, { whole, signal, onProgress: screen.progress }),
    },
    probeGuess: { dtype: "complex64", shape: [probe.modes, size, size], data: probe.data },
  };
  for (const name of kept) arrays[name] = await npz.readArray(name);
  await writeNpz(to, arrays);
  return [to];
}

async function* canonicalPatterns(
  scan: Scan,
  { whole, ...options }: {
    readonly whole: boolean;
    readonly signal: AbortSignal;
    readonly onProgress: ProgressListener;
  },
): AsyncGenerator<Float32Array | Uint32Array> {
  for await (const part of patternsOf(scan, { counts: whole, ...options })) {
    yield whole ? Uint32Array.from(part) : part;
  }
}

/** The patterns piece by piece, as counts or amplitudes. */
async function* patternsOf(
  scan: Scan,
  { counts, signal, onProgress }: {
    readonly counts: boolean;
    readonly signal: AbortSignal;
    readonly onProgress: ProgressListener;
  },
): AsyncGenerator<Float32Array> {
  for (let first = 0; first < scan.n; first += ROWS) {
    signal.throwIfAborted();
    onProgress({ phase: "convert", done: first, total: scan.n, unit: "patterns" });
    const indices = Int32Array.from({ length: Math.min(ROWS, scan.n - first) }, (_, i) => first + i);
    yield counts ? await scan.readCounts(indices) : await scan.readAmplitudes(indices);
  }
}
