/**
 * Where the zero frequency of the patterns lies.
 *
 * @module
 */
import { Fft2 } from "../../numeric/mod.ts";
import type { Probe } from "../types.ts";
import type { Doubt } from "./doubt.ts";

/** Light near the corner beside that near the centre, from which on the corner is the zero frequency. */
const CORNER_RATIO = 4;
/** Lead in correlation with the far field of the probe, from which on its zero frequency is in the corner. */
const CORNER_LEAD = 0.3;
/**
 * The pattern lies beside that far field where the shift is of so many pixels, the correlation is then so high, and what it
 * lacks to 1 is so small a part of what it lacks as is.
 */
const LEAST_SHIFT = 2, ALIKE = 0.8, UNLIKE_PART = 0.2;
/** With the probe at hand its far field decides, since the object transmits most of it; else where the light is. */
export function centreDoubt(
  mean: Float64Array,
  { size, probe }: { readonly size: number; readonly probe?: Probe },
): Doubt | undefined {
  return probe ? centreByProbe(mean, probe) : cornerByLight(mean, size);
}

/** Compares the mean pattern with the far field of the probe over all cyclic shifts. */
function centreByProbe(mean: Float64Array, probe: Probe): Doubt | undefined {
  const { size } = probe, half = size / 2;
  const { asIs, best, shift } = bestShift(mean.map(Math.sqrt), farAmplitudes(probe));
  const said = `correlation ${best.toFixed(2)}, ${asIs.toFixed(2)} as is`;
  if (shift.every((by) => Math.abs(by) >= half - 1) && best >= asIs + CORNER_LEAD) {
    return corner(
      `the mean pattern is like the far field of the probe when its quadrants are exchanged (${said})`,
    );
  }
  const besides = shift.some((by) => Math.abs(by) >= LEAST_SHIFT);
  if (!besides || best < ALIKE || 1 - best > UNLIKE_PART * (1 - asIs)) return undefined;
  const centre = shift.map((by) => half + by), most = size - 2 * Math.max(...shift.map(Math.abs));
  const line =
    `the zero frequency seems to be at (row, column) (${
      centre.join(", ")
    }), not (${half}, ${half}), by the ` +
    `far field of the probe (${said}): images get a phase ramp, and trained networks fail; read the patterns with ` +
    `--centre ${centre.join(",")} --pattern-size ${most - most % 2}`;
  return { line };
}

/** Pearson's correlation of two images as they are, and at the cyclic shift of `a` by which it is largest. */
function bestShift(
  a: Float64Array,
  b: Float64Array,
): { readonly asIs: number; readonly best: number; readonly shift: readonly number[] } {
  const size = Math.sqrt(a.length), fft = new Fft2(size, size);
  const [of, by] = [a, b].map((image) => {
    const wave = standardised(image);
    fft.forward(wave);
    return wave;
  });
  for (let i = 0; i < of.length; i += 2) {
    const [re, im] = [of[i], of[i + 1]];
    of[i] = re * by[i] + im * by[i + 1];
    of[i + 1] = im * by[i] - re * by[i + 1];
  }
  fft.inverse(of);
  let place = 0;
  for (let i = 1; i < a.length; i++) if (of[2 * i] > of[2 * place]) place = i;
  const signed = (k: number) => k < size / 2 ? k : k - size;
  // the orthonormal transforms leave a factor of 1 / N, and the values are of unit variance
  const correlation = (i: number) => of[2 * i] / size;
  return {
    asIs: correlation(0),
    best: correlation(place),
    shift: [signed(Math.floor(place / size)), signed(place % size)],
  };
}

/** A real image as a complex one of mean 0 and variance 1; zeros where it is constant. */
function standardised(image: Float64Array): Float64Array {
  const mean = image.reduce((sum, value) => sum + value, 0) / image.length;
  const variance = image.reduce((sum, value) => sum + (value - mean) ** 2, 0) / image.length;
  const wave = new Float64Array(2 * image.length);
  if (variance > 0) image.forEach((value, i) => wave[2 * i] = (value - mean) / Math.sqrt(variance));
  return wave;
}

/** Amplitudes of the far field of the probe over all modes, with the zero frequency at N/2. */
function farAmplitudes({ size, modes, data }: Probe): Float64Array {
  const counts = new Float64Array(size * size), fft = new Fft2(size, size);
  for (let mode = 0; mode < modes; mode++) {
    const wave = Float64Array.from(data.subarray(2 * mode * counts.length, 2 * (mode + 1) * counts.length));
    fft.forwardCentred(wave);
    for (let i = 0; i < counts.length; i++) counts[i] += wave[2 * i] ** 2 + wave[2 * i + 1] ** 2;
  }
  return counts.map(Math.sqrt);
}

/** The doubt that the zero frequency is at index 0. */
function corner(evidence: string): Doubt {
  const line =
    `${evidence}: the zero frequency seems to be at index 0, not N/2; read them with --zero-at-corner`;
  return { line, cure: { reading: { zeroAtCorner: true } } };
}

function cornerByLight(mean: Float64Array, size: number): Doubt | undefined {
  const inside = lightAround(mean, size, size / 2), outside = lightAround(mean, size, 0);
  if (outside <= CORNER_RATIO * inside) return undefined;
  const times = inside > 0
    ? `${(outside / inside).toPrecision(2)} times the light of the centre`
    : "all light";
  return corner(`the corners of the patterns have ${times}`);
}

/** Median of the mean pattern within N/8 of (at, at), so that hot pixels do not count, with the axes taken as cyclic. */
function lightAround(mean: Float64Array, size: number, at: number): number {
  const radius = size / 8;
  const values: number[] = [];
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const distance = Math.hypot(cyclicDistance(row - at, size), cyclicDistance(column - at, size));
      if (distance <= radius) values.push(mean[row * size + column]);
    }
  }
  return values.sort((a, b) => a - b)[values.length >> 1];
}

/** Distance of two pixels on an axis that closes on itself. */
export function cyclicDistance(difference: number, size: number): number {
  const distance = Math.abs(difference) % size;
  return Math.min(distance, size - distance);
}
