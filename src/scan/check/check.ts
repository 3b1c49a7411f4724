/**
 * Checks a scan that can be read for what makes its image wrong: the zero frequency in the corner, hot pixels, counts
 * taken for amplitudes or the reverse. No solver, and a sample of the patterns only.
 *
 * @module
 */
import type { Scan } from "../types.ts";

/** What {@linkcode checkScan} looks at. */
export type CheckedScan = Pick<
  Scan,
  "n" | "size" | "measurement" | "geometry" | "readAmplitudes" | "readCounts"
>;

/** Patterns of the sample, and values of it at most. */
const SAMPLE = 64, SAMPLE_VALUES = 2 ** 22;
/** A pixel is hot where its mean is this many times that of its brightest neighbour. */
const HOT_RATIO = 50;
/** A hot pixel has at least this share of all photons; others change little. */
const HOT_SHARE = 1e-3;
/** Light near the corner beside that near the centre, from which on the corner is the zero frequency. */
const CORNER_RATIO = 4;
/** Distinct values from which on whole numbers are no accident. */
const DISTINCT_VALUES = 5;

/** Looks at a sample of the patterns; a line for each doubt, none for a scan that looks right. */
export async function checkScan(scan: CheckedScan): Promise<string[]> {
  const count = Math.min(scan.n, SAMPLE, Math.ceil(SAMPLE_VALUES / scan.size ** 2));
  const sample = Int32Array.from({ length: count }, (_, i) => Math.floor(i * scan.n / count));
  const counts = await scan.readCounts(sample);
  const stored = scan.measurement === "counts" ? counts : await scan.readAmplitudes(sample);
  const mean = meanPattern(counts, scan.size);
  const far = scan.geometry === undefined || scan.geometry.propagation === "far";
  const doubts = [
    far ? cornerDoubt(mean, scan.size) : undefined,
    hotDoubt(mean, scan.size),
    domainDoubt(stored, scan.measurement),
  ];
  return doubts.filter((line) => line !== undefined);
}

/** Mean over patterns, (N, N). */
function meanPattern(counts: Float32Array, size: number): Float64Array {
  const pixels = size * size;
  const mean = new Float64Array(pixels);
  for (let i = 0; i < counts.length; i++) mean[i % pixels] += counts[i];
  return mean.map((value) => value * pixels / counts.length);
}

/** A far field is brightest around its zero frequency, since the object transmits most of the probe. */
function cornerDoubt(mean: Float64Array, size: number): string | undefined {
  const centre = lightAround(mean, size, size / 2), corner = lightAround(mean, size, 0);
  if (corner <= CORNER_RATIO * centre) return undefined;
  const times = centre > 0
    ? `${(corner / centre).toPrecision(2)} times the light of the centre`
    : "all light";
  return `the corners of the patterns have ${times}: the zero frequency seems to be at index 0, not N/2; ` +
    `write the patterns with numpy.fft.fftshift(diffraction, axes=(1, 2))`;
}

/** Median of the mean pattern within N/8 of (at, at), so that hot pixels do not count, with the axes taken as cyclic. */
function lightAround(mean: Float64Array, size: number, at: number): number {
  const radius = size / 8;
  const values: number[] = [];
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const distance = Math.hypot(cyclic(row - at, size), cyclic(column - at, size));
      if (distance <= radius) values.push(mean[row * size + column]);
    }
  }
  return values.sort((a, b) => a - b)[values.length >> 1];
}

function cyclic(difference: number, size: number): number {
  const distance = Math.abs(difference) % size;
  return Math.min(distance, size - distance);
}

function hotDoubt(mean: Float64Array, size: number): string | undefined {
  const total = mean.reduce((sum, value) => sum + value, 0);
  const hot = [...mean.keys()].filter((pixel) =>
    mean[pixel] > HOT_SHARE * total && !isZeroFrequency(pixel, size) &&
    mean[pixel] > HOT_RATIO * brightestNeighbour(mean, pixel, size)
  );
  if (hot.length === 0) return undefined;
  const share = hot.reduce((sum, pixel) => sum + mean[pixel], 0) / total;
  const places = hot.slice(0, 4).map((pixel) => `(${Math.floor(pixel / size)}, ${pixel % size})`).join(", ");
  return `${hot.length} hot pixel${hot.length > 1 ? "s" : ""} of the detector at (row, column) ${places}${
    hot.length > 4 ? ", ..." : ""
  } with ${
    (100 * share).toPrecision(3)
  } % of all photons; add an array "mask" (N, N) to the file with 0 there, 1 elsewhere`;
}

/** A plane wave has all of its light in the zero frequency, wherever that is stored. */
function isZeroFrequency(pixel: number, size: number): boolean {
  const row = Math.floor(pixel / size), column = pixel % size;
  return [0, size / 2].some((at) => cyclic(row - at, size) <= 1 && cyclic(column - at, size) <= 1);
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
function domainDoubt(stored: Float32Array, measurement: Scan["measurement"]): string | undefined {
  if (measurement === "amplitude") {
    if (!stored.every(Number.isInteger) || new Set(stored).size < DISTINCT_VALUES) return undefined;
    return "the patterns are whole numbers, so they seem to be photon counts, but are read as amplitudes; " +
      "read them with --measurement counts";
  }
  const amplitudes = stored.every((value) =>
    Math.abs(value ** 2 - Math.round(value ** 2)) <= 1e-6 * value ** 2
  );
  if (!amplitudes || stored.every(Number.isInteger)) return undefined;
  return "the squares of the patterns are whole numbers, so they seem to be amplitudes, but are read as photon counts; " +
    "read them with --measurement amplitude";
}
