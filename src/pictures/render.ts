/**
 * Amplitude and phase images as pictures.
 *
 * @module
 */
import { amplitudeOf, type ComplexImage, type Plane } from "../numeric/mod.ts";
import {
  type ColourMap,
  diverging,
  greys,
  hueAt,
  phaseWheel,
  sequential,
  wheelColour,
} from "./colour_map.ts";
import type { Raster } from "./raster.ts";

/** Options of the render functions. */
export interface RenderOptions {
  /**
   * Nonzero inside the scanned area; the rest is drawn neutral grey and does not enter the scale. Default all.
   */
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
  readonly colourAt: ColourMap;
}

/** Pixels that are enough for a percentile. */
const MOST_SAMPLES = 1 << 20;
const OUTSIDE_GREY = 128;
/** Colours that the table of a map holds. */
const TABLE = 1024;
/** Phases that differ by less, in radians, are equal: the rest is rounding, which a scale would blow up. */
const LEAST_SPAN = 1e-6;
/** From this much of the circle on, phases are shown on the whole of it. */
const WHOLE_CIRCLE = 0.7;
/**
 * The part of the wheel that is used for phases of less: from dark to light, so that its ends do not look
 * alike.
 */
const OPEN_PART: readonly [number, number] = [0.5, 1];

/** Renders an amplitude in grey, from black at the low percentile to white at the high one. */
export function renderAmplitude(image: Plane, options: RenderOptions = {}): Rendered {
  const { width, height, data } = image;
  const limits = options.limits ?? percentileLimits(image, options);
  const scale = 255 / (limits[1] - limits[0] || 1);
  const grey = (value: number) => Math.min(255, Math.max(0, Math.round((value - limits[0]) * scale)));
  const bytes = new Uint8Array(width * height);
  for (let i = 0; i < bytes.length; i++) {
    bytes[i] = counts(options.mask, data, i) ? grey(data[i]) : OUTSIDE_GREY;
  }
  return { width, height, channels: 1, data: bytes, limits, colourAt: greys };
}

/**
 * Renders values of one sign, such as misfits, from dark blue at the low percentile to yellow at the high one.
 */
export function renderValues(image: Plane, options: RenderOptions = {}): Rendered {
  return renderMapped(image, { ...options, colourAt: sequential });
}

/** Renders differences from blue over white at zero to red, with limits symmetric about zero. */
export function renderDifference(image: Plane, options: RenderOptions = {}): Rendered {
  const [low, high] = options.limits ?? percentileLimits(image, options);
  const reach = Math.max(Math.abs(low), Math.abs(high));
  return renderMapped(image, { ...options, limits: [-reach, reach], colourAt: diverging });
}

function renderMapped(image: Plane, options: RenderOptions & { readonly colourAt: ColourMap }): Rendered {
  const { width, height, data } = image;
  const limits = options.limits ?? percentileLimits(image, options);
  const scale = (TABLE - 1) / (limits[1] - limits[0] || 1);
  const place = (i: number) => (data[i] - limits[0]) * scale;
  const painted = paint(image, { place, mask: options.mask, colourAt: options.colourAt });
  return { width, height, channels: 3, data: painted, limits, colourAt: options.colourAt };
}

interface Paint {
  /** Maps a pixel to its place on the scale, 0 to `TABLE - 1`; values beyond take the colour of the end. */
  readonly place: (pixel: number) => number;
  readonly mask: ArrayLike<number> | undefined;
  readonly colourAt: ColourMap;
}

/** Colours from a table, since a colour of OKLab costs three powers. */
function paint({ width, height, data }: Plane, { place, mask, colourAt }: Paint): Uint8Array {
  const table = new Uint8Array(3 * TABLE);
  for (let step = 0; step < TABLE; step++) table.set(colourAt(step / (TABLE - 1)), 3 * step);
  const bytes = new Uint8Array(3 * width * height);
  for (let i = 0; i < width * height; i++) {
    if (!counts(mask, data, i)) {
      bytes.fill(OUTSIDE_GREY, 3 * i, 3 * i + 3);
      continue;
    }
    const step = 3 * Math.round(Math.min(TABLE - 1, Math.max(0, place(i))));
    bytes[3 * i] = table[step];
    bytes[3 * i + 1] = table[step + 1];
    bytes[3 * i + 2] = table[step + 2];
  }
  return bytes;
}

/**
 * Renders phases in radians in cyclic colours. Where the percentiles span most of the circle, or `limits` are a whole
 * turn, the wheel is used whole, dark at the middle; otherwise the percentiles, about the circular mean, are spread
 * over the half of it that goes from dark to light.
 */
export function renderPhase(image: Plane, options: RenderOptions = {}): Rendered {
  const { width, height, data } = image;
  const wheel = phaseWheel();
  const limits = options.limits ?? phaseLimits(image, options);
  const span = limits[1] - limits[0] || 1;
  const middle = (limits[0] + limits[1]) / 2;
  const [start, end] = span >= 2 * Math.PI - 1e-6 ? [0, 1] : OPEN_PART;
  const colourAt = (place: number) => wheelColour(wheel, start + (end - start) * Math.min(place, 1 - 1e-9));
  const place = (i: number) => (0.5 + wrap(data[i] - middle) / span) * (TABLE - 1);
  const painted = paint(image, { place, mask: options.mask, colourAt });
  return { width, height, channels: 3, data: painted, limits, colourAt };
}

/**
 * Renders complex values: the phase as hue, on the whole circle, and the amplitude as brightness, black at zero and
 * full at the high percentile (`limits[1]`). The colour scale is that of the phase, from -pi to pi.
 */
export function renderComplex(image: ComplexImage, options: RenderOptions = {}): Rendered {
  const { width, height, data } = image;
  const amplitude = amplitudeOf(image);
  const [, most] = options.limits ?? percentileLimits(amplitude, options);
  const bytes = new Uint8Array(3 * width * height);
  for (let i = 0; i < bytes.length / 3; i++) {
    if (!counts(options.mask, amplitude.data, i)) bytes.fill(OUTSIDE_GREY, 3 * i, 3 * i + 3);
    else {bytes.set(
        hueAt(Math.atan2(data[2 * i + 1], data[2 * i]) / (2 * Math.PI), amplitude.data[i] / most),
        3 * i,
      );}
  }
  const colourAt = (place: number) => hueAt(place - 0.5);
  return { width, height, channels: 3, data: bytes, limits: [-Math.PI, Math.PI], colourAt };
}

/**
 * Returns the values at two percentiles of the pixels inside the mask; from every k-th of them where there are many.
 */
export function percentileLimits(image: Plane, options: RenderOptions): readonly [number, number] {
  return percentilesOf(samples(image, options.mask), options.percentiles);
}

function samples({ data }: Plane, mask: ArrayLike<number> | undefined): Float64Array {
  let total = 0;
  for (let i = 0; i < data.length; i++) if (counts(mask, data, i)) total++;
  const stride = Math.ceil(total / MOST_SAMPLES) || 1;
  const values = new Float64Array(Math.ceil(total / stride));
  for (let i = 0, seen = 0; i < data.length; i++) {
    if (!counts(mask, data, i)) continue;
    if (seen % stride === 0) values[seen / stride] = data[i];
    seen++;
  }
  return values;
}

/** Percentiles about the circular mean, so that phases on both sides of the branch cut are neighbours. */
function phaseLimits(image: Plane, options: RenderOptions): readonly [number, number] {
  const values = samples(image, options.mask);
  const mean = circularMean(values);
  const [low, high] = percentilesOf(values.map((value) => wrap(value - mean)), options.percentiles);
  if (high - low > WHOLE_CIRCLE * 2 * Math.PI) return [-Math.PI, Math.PI];
  return high - low < LEAST_SPAN ? [mean - 0.5, mean + 0.5] : [mean + low, mean + high];
}

function percentilesOf(
  values: Float64Array,
  [low, high]: readonly [number, number] = [1, 99],
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

function circularMean(angles: Float64Array): number {
  let [re, im] = [0, 0];
  for (const angle of angles) {
    re += Math.cos(angle);
    im += Math.sin(angle);
  }
  return Math.atan2(im, re);
}

function counts(mask: ArrayLike<number> | undefined, data: ArrayLike<number>, i: number): boolean {
  return (mask === undefined || mask[i] !== 0) && Number.isFinite(data[i]);
}

function wrap(angle: number): number {
  return angle - 2 * Math.PI * Math.round(angle / (2 * Math.PI));
}
