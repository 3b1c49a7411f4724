/**
 * Checks a scan that can be read for what makes its image wrong: the zero frequency in the corner, pixels that do not measure, counts
 * taken for amplitudes or the reverse, lengths and light that no scan has. No solver, and a sample of the patterns only.
 *
 * @module
 */
import type { PositionsPx } from "../../numeric/mod.ts";
import { spreadSample } from "../mean_pattern.ts";
import type { Probe, Scan } from "../types.ts";
import { centreDoubt } from "./centre.ts";
import type { Doubt } from "./doubt.ts";
import { beamStopDoubt, hotPixels, pixelDoubt, sampleMean } from "./pixels.ts";
import { lightLines, positionLines, wavelengthLine } from "./plausible.ts";

/** What {@linkcode checkScan} looks at. */
export type CheckedScan =
  & Pick<
    Scan,
    "n" | "size" | "mask" | "measurement" | "geometry" | "readAmplitudes" | "readCounts"
  >
  & { readonly probe?: Probe; readonly positionsPx?: PositionsPx };

/** Patterns of the sample, and values of it at most. */
const SAMPLE = 64, SAMPLE_VALUES = 2 ** 22;
/** Distinct values from which on whole numbers are no accident. */
const DISTINCT_VALUES = 5;

/** Looks at a sample of the patterns; none for a scan that looks right. */
export async function checkScan(scan: CheckedScan): Promise<Doubt[]> {
  const sample = spreadSample(scan.n, Math.min(SAMPLE, Math.ceil(SAMPLE_VALUES / scan.size ** 2)));
  const counts = await scan.readCounts(sample);
  const stored = scan.measurement === "counts" ? counts : await scan.readAmplitudes(sample);
  const patterns = { counts, size: scan.size, mask: scan.mask };
  const mean = sampleMean(patterns);
  const far = scan.geometry === undefined || scan.geometry.propagation === "far";
  const hot = hotPixels(mean, scan.size);
  const cooled = mean.map((value, pixel) => hot.includes(pixel) ? 0 : value);
  const centre = far ? centreDoubt(cooled, scan) : undefined;
  const half = centre?.cure ? scan.size / 2 : 0;
  const doubts = [
    centre,
    pixelDoubt(patterns, { mean, hot, half }),
    far && half === 0 ? beamStopDoubt(patterns, mean) : undefined,
    domainDoubt(stored, scan.measurement),
  ].filter((doubt) => doubt !== undefined);
  const { geometry, positionsPx } = scan;
  const lines = [
    geometry && wavelengthLine(geometry),
    ...(positionsPx ? positionLines(positionsPx, scan) : []),
    // counts that were read wrongly have no scale
    ...(doubts.length > 0 ? [] : lightLines(counts, scan.size)),
  ].filter((line) => line !== undefined);
  return [...doubts, ...lines.map((line) => ({ line }))];
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
