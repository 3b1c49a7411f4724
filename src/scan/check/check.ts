/**
 * Checks a scan that can be read for what makes its image wrong: the zero frequency in the corner, hot pixels, counts
 * taken for amplitudes or the reverse, lengths and light that no scan has. No solver, and a sample of the patterns only.
 *
 * @module
 */
import { Fft2, type PositionsPx } from "../../numeric/mod.ts";
import type { OpenScanOptions, Probe, Scan } from "../types.ts";
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
/** Light near the corner beside that near the centre, from which on the corner is the zero frequency. */
const CORNER_RATIO = 4;
/** Correlation of the shifted pattern with the far field of the probe, and its lead, from which on the corner is it. */
const CORNER_CORRELATION = 0.3;
/** Distinct values from which on whole numbers are no accident. */
const DISTINCT_VALUES = 5;

/** Something that can be read, but makes a wrong image. */
export interface Doubt {
  /** What was found, and what to do. */
  readonly line: string;
  /** Options of opening that put it right for sure. */
  readonly cure?: Pick<OpenScanOptions, "measurement" | "reading">;
}

/** Looks at a sample of the patterns; none for a scan that looks right. */
export async function checkScan(scan: CheckedScan): Promise<Doubt[]> {
  const count = Math.min(scan.n, SAMPLE, Math.ceil(SAMPLE_VALUES / scan.size ** 2));
  const sample = Int32Array.from({ length: count }, (_, i) => Math.floor(i * scan.n / count));
  const counts = await scan.readCounts(sample);
  const stored = scan.measurement === "counts" ? counts : await scan.readAmplitudes(sample);
  const mean = meanPattern(counts, scan.size);
  const far = scan.geometry === undefined || scan.geometry.propagation === "far";
  const hot = hotPixels(mean, scan.size),
    cooled = mean.map((value, pixel) => hot.includes(pixel) ? 0 : value);
  const corner = far ? cornerDoubt(cooled, scan) : undefined;
  const half = corner ? scan.size / 2 : 0;
  const doubts = [
    corner,
    hotDoubt(mean, { size: scan.size, hot, half }),
    domainDoubt(stored, scan.measurement),
  ].filter((doubt) => doubt !== undefined);
  const { geometry, positionsPx } = scan;
  const lines = [
    geometry && wavelengthLine(geometry),
    positionsPx && spacingLine(positionsPx, scan.size),
    // light that is not in its unit says nothing
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

/** With the probe at hand its far field decides, since the object transmits most of it; else where the light is. */
function cornerDoubt(mean: Float64Array, { size, probe }: CheckedScan): Doubt | undefined {
  const evidence = probe ? cornerByProbe(mean, probe) : cornerByLight(mean, size);
  if (evidence === undefined) return undefined;
  const line =
    `${evidence}: the zero frequency seems to be at index 0, not N/2; read them with --zero-at-corner`;
  return { line, cure: { reading: { zeroAtCorner: true } } };
}

function cornerByProbe(mean: Float64Array, probe: Probe): string | undefined {
  const amplitudes = mean.map(Math.sqrt), { size } = probe;
  const asIs = correlation(amplitudes, farAmplitudes(probe, size / 2));
  const shifted = correlation(amplitudes, farAmplitudes(probe, 0));
  if (shifted < CORNER_CORRELATION || shifted < asIs + CORNER_CORRELATION) return undefined;
  return `the mean pattern is like the far field of the probe when its quadrants are exchanged (correlation ${
    shifted.toFixed(2)
  }, ${asIs.toFixed(2)} as is)`;
}

/** Amplitudes of the far field of the probe over all modes, with the zero frequency at index `zero`. */
function farAmplitudes({ size, modes, data }: Probe, zero: number): Float64Array {
  const counts = new Float64Array(size * size), fft = new Fft2(size, size);
  for (let mode = 0; mode < modes; mode++) {
    const wave = Float64Array.from(data.subarray(2 * mode * counts.length, 2 * (mode + 1) * counts.length));
    fft.forward(wave);
    for (let pixel = 0; pixel < counts.length; pixel++) {
      const row = (Math.floor(pixel / size) + zero) % size, column = (pixel % size + zero) % size;
      counts[row * size + column] += wave[2 * pixel] ** 2 + wave[2 * pixel + 1] ** 2;
    }
  }
  return counts.map(Math.sqrt);
}

/** Pearson's correlation; 0 where one of them is constant. */
function correlation(a: Float64Array, b: Float64Array): number {
  const meanOf = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanA, meanB] = [meanOf(a), meanOf(b)];
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    ab += (a[i] - meanA) * (b[i] - meanB);
    aa += (a[i] - meanA) ** 2;
    bb += (b[i] - meanB) ** 2;
  }
  return aa > 0 && bb > 0 ? ab / Math.sqrt(aa * bb) : 0;
}

function cornerByLight(mean: Float64Array, size: number): string | undefined {
  const centre = lightAround(mean, size, size / 2), corner = lightAround(mean, size, 0);
  if (corner <= CORNER_RATIO * centre) return undefined;
  const times = centre > 0
    ? `${(corner / centre).toPrecision(2)} times the light of the centre`
    : "all light";
  return `the corners of the patterns have ${times}`;
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
