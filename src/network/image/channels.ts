/**
 * The inputs of the image network: the solver's image in a local frame of phase, the noise that its halves show, and
 * the light that fell on each pixel.
 *
 * Phases are taken relative to the neighbourhood: u = exp(i arg(G * O)), G a Gaussian, so that z = O conj(u) is near 1
 * whatever the phase of the object, and nothing wraps. The scale of the noise is s, the local rms of half the
 * difference of the halves.
 *
 * @module
 */
import { blurred } from "./blur.ts";
import type { SolverImages } from "./sweeps.ts";

/** Channels of {@linkcode NetworkInput.channels}. */
export const CHANNELS = 12;
/** Radius (pixels) of the neighbourhood that phases are relative to, and of the noise. */
const PHASE_SIGMA = 2.5, NOISE_SIGMA = 3;
/** Noise that is added to the measured one, so that a ratio to it stays finite, and the most that counts. */
const LEAST_NOISE = 0.01, MOST_NOISE = 1;
/** Part of the largest illumination at which a pixel counts half. */
const HALF_LIGHT = 0.02;

/** A solver's image as the network sees it; all planes (height, width). */
export interface NetworkInput {
  readonly height: number;
  readonly width: number;
  /** (CHANNELS, height, width). */
  readonly channels: Float32Array;
  /** exp(i arg) of the blurred object, real and imaginary part. */
  readonly frame: { readonly re: Float32Array; readonly im: Float32Array };
  /** O conj(u). */
  readonly z: { readonly re: Float32Array; readonly im: Float32Array };
  /** Scale of the noise. */
  readonly noise: Float32Array;
  /** 0 to 1: how far a pixel was illuminated. */
  readonly light: Float32Array;
}

/** Computes the inputs from the images of a solver. */
export function networkInput(
  { whole: { object, weight }, halves }: Pick<SolverImages, "halves"> & {
    readonly whole: Pick<SolverImages["whole"], "object" | "weight">;
  },
): NetworkInput {
  const { height, width, data } = object;
  const size = { height, width };
  const brightest = weight.reduce((most, value) => Math.max(most, value), 0);
  const light = weight.map((value) => value / (value + HALF_LIGHT * brightest || 1));
  const frame = localPhase(data, { light, size });
  const z = turned(data, frame);
  const difference = turned(mean(halves, -1), frame);
  const shift = subtract(turned(mean(halves, 1), frame), z);
  const power = difference.re.map((re, i) => re * re + difference.im[i] ** 2);
  const noise = blurred(power, { ...size, sigma: NOISE_SIGMA }).map((value) =>
    Math.min(MOST_NOISE, Math.sqrt(value) + LEAST_NOISE)
  );
  const inNoise = (plane: Float32Array) => plane.map((value, i) => Math.asinh(value / noise[i]));
  const detail = (plane: Float32Array) =>
    subtractPlane(plane, blurred(plane, { ...size, sigma: PHASE_SIGMA }));
  const lit = [
    z.re.map((value) => value - 1),
    z.im,
    inNoise(detail(z.re)),
    inNoise(detail(z.im)),
    inNoise(difference.re),
    inNoise(difference.im),
    inNoise(shift.re),
    inNoise(shift.im),
    noise.map((value) => Math.log10(value) + 1),
    light,
    phaseStep(frame, { ...size, along: "x" }),
    phaseStep(frame, { ...size, along: "y" }),
  ];
  const channels = new Float32Array(CHANNELS * height * width);
  for (const [c, plane] of lit.entries()) {
    const seen = plane === light ? plane : plane.map((value, i) => value * light[i]);
    channels.set(seen, c * height * width);
  }
  return { height, width, channels, frame, z, noise, light };
}

interface Planes {
  readonly re: Float32Array;
  readonly im: Float32Array;
}

/** exp(i arg) of the object, blurred with the light as weight; 1 where nothing is. */
function localPhase(
  data: Float32Array,
  { light, size }: { light: Float32Array; size: { height: number; width: number } },
): Planes {
  const part = (offset: 0 | 1) =>
    blurred(light.map((value, i) => value * data[2 * i + offset]), { ...size, sigma: PHASE_SIGMA });
  const [re, im] = [part(0), part(1)];
  for (let i = 0; i < re.length; i++) {
    const modulus = Math.hypot(re[i], im[i]);
    [re[i], im[i]] = modulus > 1e-9 ? [re[i] / modulus, im[i] / modulus] : [1, 0];
  }
  return { re, im };
}

/** Interleaved values times conj(u). */
function turned(data: ArrayLike<number>, { re: ur, im: ui }: Planes): Planes {
  const re = new Float32Array(ur.length), im = new Float32Array(ur.length);
  for (let i = 0; i < ur.length; i++) {
    const [a, b] = [data[2 * i], data[2 * i + 1]];
    re[i] = a * ur[i] + b * ui[i];
    im[i] = b * ur[i] - a * ui[i];
  }
  return { re, im };
}

/** (A + sign B) / 2. */
function mean([a, b]: readonly [Float32Array, Float32Array], sign: 1 | -1): Float32Array {
  return a.map((value, i) => (value + sign * b[i]) / 2);
}

function subtractPlane(a: Float32Array, b: Float32Array): Float32Array {
  return a.map((value, i) => value - b[i]);
}

function subtract(a: Planes, b: Planes): Planes {
  return { re: subtractPlane(a.re, b.re), im: subtractPlane(a.im, b.im) };
}

/** Phase of u at the next pixel against this one; 0 at the last. */
function phaseStep(
  { re, im }: Planes,
  { height, width, along }: { height: number; width: number; along: "x" | "y" },
): Float32Array {
  const out = new Float32Array(re.length);
  const next = along === "x" ? 1 : width;
  for (let y = 0; y < height - (along === "y" ? 1 : 0); y++) {
    for (let x = 0; x < width - (along === "x" ? 1 : 0); x++) {
      const i = y * width + x, j = i + next;
      out[i] = Math.atan2(im[j] * re[i] - re[j] * im[i], re[j] * re[i] + im[j] * im[i]);
    }
  }
  return out;
}
