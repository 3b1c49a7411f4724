/**
 * Amplitude and phase images as pictures.
 *
 * @module
 */
import { phaseWheel, wheelColour } from "./colour_map.ts";
import type { Plane } from "../numeric/mod.ts";
import type { Raster, Rgb } from "./raster.ts";

export { encodePng, type Raster, type Rgb, writePng } from "./raster.ts";

/** How an image becomes a picture. */
export interface RenderOptions {
  /** Nonzero where the image counts; the rest becomes neutral and does not enter the scale. Default all. */
  readonly mask?: ArrayLike<number>;
  /** Percentiles that become black and white, or the ends of the phase colours. Default 1 and 99. */
  readonly percentiles?: readonly [number, number];
  /** Values at the ends of the scale, instead of the percentiles. */
  readonly limits?: readonly [number, number];
}

/** A picture and the scale that was used. */
export interface Rendered extends Raster {
  /** Values at the ends of the scale. */
  readonly limits: readonly [number, number];
  /** The colour at a place of the scale, 0 to 1. */
  readonly colourAt: (place: number) => Rgb;
}

/** Pixels that are enough for a percentile. */
const MOST_SAMPLES = 1 << 20;
const OUTSIDE_GREY = 128;
const OUTSIDE_RGB: Rgb = [128, 128, 128];
/** From this much of the circle on, phases are shown on the whole of it. */
const WHOLE_CIRCLE = 0.7;
/**
 * The part of the wheel that is used for phases of less: from dark to light, so that its ends do not look
 * alike.
 */
const OPEN_PART: readonly [number, number] = [0.5, 1];

/** Grey, from black at the low percentile to white at the high one. */
export function renderAmplitude(image: Plane, options: RenderOptions = {}): Rendered {
  const { width, height, data } = image;
  const limits = options.limits ?? percentileLimits(image, options);
  const scale = 255 / (limits[1] - limits[0] || 1);
  const grey = (value: number) => Math.min(255, Math.max(0, Math.round((value - limits[0]) * scale)));
  const bytes = new Uint8Array(width * height);
  for (let i = 0; i < bytes.length; i++) {
    bytes[i] = counts(options.mask, data, i) ? grey(data[i]) : OUTSIDE_GREY;
  }
  const colourAt = (place: number): Rgb => {
    const value = Math.round(255 * place);
    return [value, value, value];
  };
  return { width, height, channels: 1, data: bytes, limits, colourAt };
}

/**
 * Phases in radians in cyclic colours. Where the percentiles span most of the circle, or `limits` are a
 * whole turn, the wheel is used whole, dark at the middle; otherwise the percentiles, about the circular
 * mean, are spread over the half of it that goes from dark to light.
 */
export function renderPhase(image: Plane, options: RenderOptions = {}): Rendered {
  const { width, height, data } = image;
  const wheel = phaseWheel();
  const limits = options.limits ?? phaseLimits(image, options);
  const span = limits[1] - limits[0] || 1;
  const middle = (limits[0] + limits[1]) / 2;
  const [start, end] = span >= 2 * Math.PI - 1e-6 ? [0, 1] : OPEN_PART;
  const colourAt = (place: number) => wheelColour(wheel, start + (end - start) * Math.min(place, 1 - 1e-9));
  const bytes = new Uint8Array(3 * width * height);
  for (let i = 0; i < width * height; i++) {
    const place = 0.5 + wrap(data[i] - middle) / span;
    const inside = counts(options.mask, data, i);
    bytes.set(inside ? colourAt(Math.min(1, Math.max(0, place))) : OUTSIDE_RGB, 3 * i);
  }
  return { width, height, channels: 3, data: bytes, limits, colourAt };
}

/** The values at two percentiles of the pixels that count; from every k-th of them where there are many. */
export function percentileLimits(
  { data }: Plane,
  { mask, percentiles = [1, 99] }: RenderOptions,
): readonly [number, number] {
  let total = 0;
  for (let i = 0; i < data.length; i++) if (counts(mask, data, i)) total++;
  const stride = Math.ceil(total / MOST_SAMPLES) || 1;
  const values = new Float64Array(Math.ceil(total / stride));
  for (let i = 0, seen = 0; i < data.length; i++) {
    if (!counts(mask, data, i)) continue;
    if (seen % stride === 0) values[seen / stride] = data[i];
    seen++;
  }
  return percentilesOf(values, percentiles);
}

function phaseLimits(image: Plane, options: RenderOptions): readonly [number, number] {
  const mean = circularMean(image, options.mask);
  // not a number stays that, and so does not count
  const about = Float64Array.from(image.data, (value) => wrap(value - mean));
  const [low, high] = percentileLimits({ ...image, data: about }, options);
  return high - low > WHOLE_CIRCLE * 2 * Math.PI ? [-Math.PI, Math.PI] : [mean + low, mean + high];
}

function percentilesOf(
  values: Float64Array,
  [low, high]: readonly [number, number],
): readonly [number, number] {
  if (values.length === 0) return [0, 1];
  values.sort();
  const at = (percentile: number) => {
    const place = percentile / 100 * (values.length - 1);
    const below = values[Math.floor(place)];
    return below + (place - Math.floor(place)) * (values[Math.ceil(place)] - below);
  };
  return [at(low), at(high)];
}

function circularMean({ data }: Plane, mask: ArrayLike<number> | undefined): number {
  let [re, im] = [0, 0];
  for (let i = 0; i < data.length; i++) {
    if (!counts(mask, data, i)) continue;
    re += Math.cos(data[i]);
    im += Math.sin(data[i]);
  }
  return Math.atan2(im, re);
}

function counts(mask: ArrayLike<number> | undefined, data: ArrayLike<number>, i: number): boolean {
  return (mask === undefined || mask[i] !== 0) && Number.isFinite(data[i]);
}

function wrap(angle: number): number {
  return angle - 2 * Math.PI * Math.round(angle / (2 * Math.PI));
}
