/**
 * Checks a scan that can be read for what makes its image wrong: the zero frequency in the corner, hot pixels, counts
 * taken for amplitudes or the reverse, lengths and light that no scan has. No solver, and a sample of the patterns only.
 *
 * @module
 */
import type { PositionsPx } from "../../numeric/mod.ts";
import { spreadSample } from "../mean_pattern.ts";
import type { Probe, Scan } from "../types.ts";
import { centreDoubt, cyclicDistance } from "./centre.ts";
import type { Doubt } from "./doubt.ts";
import { lightLines, spacingLine, wavelengthLine } from "./plausible.ts";

/** What {@linkcode checkScan} looks at. */
export type CheckedScan =
  & Pick<
    Scan,
    "n" | "size" | "measurement" | "geometry" | "readAmplitudes" | "readCounts"
  >
  & { readonly probe?: Probe; readonly positionsPx?: PositionsPx };

/** Patterns of the sample, and values of it at most. */
const SAMPLE = 64, SAMPLE_VALUES = 2 ** 22;
/** A pixel is hot where its mean is this many times that of its brightest neighbour. */
const HOT_RATIO = 50;
/** A hot pixel has at least this share of all photons; others change little. */
const HOT_SHARE = 1e-3;
/** Distinct values from which on whole numbers are no accident. */
const DISTINCT_VALUES = 5;

/** Looks at a sample of the patterns; none for a scan that looks right. */
export async function checkScan(scan: CheckedScan): Promise<Doubt[]> {
  const sample = spreadSample(scan.n, Math.min(SAMPLE, Math.ceil(SAMPLE_VALUES / scan.size ** 2)));
  const counts = await scan.readCounts(sample);
  const stored = scan.measurement === "counts" ? counts : await scan.readAmplitudes(sample);
  const mean = meanPattern(counts, scan.size);
  const far = scan.geometry === undefined || scan.geometry.propagation === "far";
  const hot = hotPixels(mean, scan.size),
    cooled = mean.map((value, pixel) => hot.includes(pixel) ? 0 : value);
  const centre = far ? centreDoubt(cooled, scan) : undefined;
  const half = centre?.cure ? scan.size / 2 : 0;
  const doubts = [
    centre,
    hotDoubt(mean, { size: scan.size, hot, half }),
    domainDoubt(stored, scan.measurement),
  ].filter((doubt) => doubt !== undefined);
  const { geometry, positionsPx } = scan;
  const lines = [
    geometry && wavelengthLine(geometry),
    positionsPx && spacingLine(positionsPx, scan.size),
    // counts that were read wrongly have no scale
    ...(doubts.length > 0 ? [] : lightLines(counts, scan.size)),
  ].filter((line) => line !== undefined);
  return [...doubts, ...lines.map((line) => ({ line }))];
}

/** Mean over patterns, (N, N). */
function meanPattern(counts: Float32Array, size: number): Float64Array {
  const pixels = size * size;
  const mean = new Float64Array(pixels);
  for (let i = 0; i < counts.length; i++) mean[i % pixels] += counts[i];
  return mean.map((value) => value * pixels / counts.length);
}

/** Bright beside their neighbours and beside all light. */
function hotPixels(mean: Float64Array, size: number): number[] {
  const total = mean.reduce((sum, value) => sum + value, 0);
  return [...mean.keys()].filter((pixel) =>
    mean[pixel] > HOT_SHARE * total && !isZeroFrequency(pixel, size) &&
    mean[pixel] > HOT_RATIO * brightestNeighbour(mean, pixel, size)
  );
}

/** `half` is what the pattern is moved by before the pixels are left out. */
function hotDoubt(
  mean: Float64Array,
  { size, hot, half }: { readonly size: number; readonly hot: readonly number[]; readonly half: number },
): Doubt | undefined {
  if (hot.length === 0) return undefined;
  const total = mean.reduce((sum, value) => sum + value, 0);
  const share = hot.reduce((sum, pixel) => sum + mean[pixel], 0) / total;
  const badPixels = hot.map((pixel) =>
    [(Math.floor(pixel / size) + half) % size, (pixel % size + half) % size] as const
  );
  const places = badPixels.slice(0, 4).map(([row, column]) => `(${row}, ${column})`).join(", ");
  const line = `${hot.length} hot pixel${
    hot.length > 1 ? "s" : ""
  } of the detector at (row, column) ${places}${hot.length > 4 ? ", ..." : ""} with ${
    (100 * share).toPrecision(3)
  } % of all photons; leave them out with --bad-pixels "${
    badPixels.map((pixel) => pixel.join(",")).join(" ")
  }"`;
  return { line, cure: { reading: { badPixels } } };
}

/** A plane wave has all of its light in the zero frequency, wherever that is stored. */
function isZeroFrequency(pixel: number, size: number): boolean {
  const row = Math.floor(pixel / size), column = pixel % size;
  return [0, size / 2].some((at) =>
    cyclicDistance(row - at, size) <= 1 && cyclicDistance(column - at, size) <= 1
  );
}

function brightestNeighbour(mean: Float64Array, pixel: number, size: number): number {
  const row = Math.floor(pixel / size), column = pixel % size;
  let brightest = 0;
  for (let r = Math.max(0, row - 1); r <= Math.min(size - 1, row + 1); r++) {
    for (let c = Math.max(0, column - 1); c <= Math.min(size - 1, column + 1); c++) {
      if (r !== row || c !== column) brightest = Math.max(brightest, mean[r * size + c]);
    }
  }
  return brightest;
}

/** Counts are whole numbers; their square roots are not, but the squares of those are. */
function domainDoubt(stored: Float32Array, measurement: Scan["measurement"]): Doubt | undefined {
  if (measurement === "amplitude") {
    if (!stored.every(Number.isInteger) || new Set(stored).size < DISTINCT_VALUES) return undefined;
    const line =
      "the patterns are whole numbers, so they seem to be photon counts, but are read as amplitudes; " +
      "read them with --measurement counts";
    return { line, cure: { measurement: "counts" } };
  }
  const amplitudes = stored.every((value) =>
    Math.abs(value ** 2 - Math.round(value ** 2)) <= 1e-6 * value ** 2
  );
  if (!amplitudes || stored.every(Number.isInteger)) return undefined;
  const line =
    "the squares of the patterns are whole numbers, so they seem to be amplitudes, but are read as photon counts; " +
    "read them with --measurement amplitude";
  return { line, cure: { measurement: "amplitude" } };
}
