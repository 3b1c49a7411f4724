/**
 * Preparation of a probe: a mask, and further incoherent modes.
 *
 * @module
 */
import type { Floats } from "../numeric/mod.ts";
import { photonsOf } from "./probes/probes.ts";

/** A disk around pixel N/2. */
export interface ProbeMaskOptions {
  /** Side N in pixels. */
  readonly side: number;
  /** Diameter in pixels, to the middle of the edge. */
  readonly diameter: number;
  /** Width in pixels over which the disk fades from 1 to 0, along half a cosine. */
  readonly edge: number;
}

/** Returns the disk, (N, N), from 0 to 1. */
export function probeMask({ side, diameter, edge }: ProbeMaskOptions): Float32Array {
  return Float32Array.from({ length: side * side }, (_, i) => {
    const r = Math.hypot(Math.floor(i / side) - side / 2, i % side - side / 2);
    const outside = r - diameter / 2;
    if (Math.abs(outside) >= edge / 2) return outside < 0 ? 1 : 0;
    return (1 - Math.sin(Math.PI * outside / edge)) / 2;
  });
}

/** Returns a probe (P, N, N) times a mask (N, N). */
export function maskProbe(probe: Floats, mask: Float32Array): Float64Array {
  return Float64Array.from(probe, (value, i) => value * mask[(i >> 1) % mask.length]);
}

/** Power of an added mode over that of the first. */
const ADDED_POWER = 0.02;

/**
 * Returns a probe of so many modes: the first ones where there are more, further ones where there are fewer. Those
 * are the first mode times the polynomials x, y, x y, x^2, y^2, ... about its centre, made orthogonal to all before
 * them, each with 2 % of its power: what partial coherence and vibration add first (Thibault and Menzel 2013;
 * Odstrcil et al. 2016).
 */
export function withModes(probe: Floats, { side, modes }: { side: number; modes: number }): Float64Array {
  const pixels = 2 * side * side;
  const given = probe.length / pixels;
  const out = new Float64Array(modes * pixels);
  out.set(Array.from(probe.slice(0, Math.min(given, modes) * pixels)));
  if (given >= modes) return out;
  const first = out.subarray(0, pixels);
  const frame = frameOf(first, side);
  const powers = polynomials(modes);
  for (let k = given; k < modes; k++) {
    const mode = out.subarray(k * pixels, (k + 1) * pixels);
    const [px, py] = powers[k];
    for (let i = 0; i < pixels; i++) {
      const pixel = i >> 1;
      const x = (pixel % side - frame.x) / frame.width,
        y = (Math.floor(pixel / side) - frame.y) / frame.width;
      mode[i] = first[i] * x ** px * y ** py;
    }
    for (let j = 0; j < k; j++) removeFrom(mode, out.subarray(j * pixels, (j + 1) * pixels));
    const factor = Math.sqrt(ADDED_POWER * photonsOf(first) / Math.max(photonsOf(mode), Number.MIN_VALUE));
    for (let i = 0; i < pixels; i++) mode[i] *= factor;
  }
  return out;
}

/** Powers of x and y by total degree: (0,0), (1,0), (0,1), (2,0), (1,1), ... */
function polynomials(count: number): [number, number][] {
  const out: [number, number][] = [];
  for (let degree = 0; out.length < count; degree++) {
    for (let py = 0; py <= degree; py++) out.push([degree - py, py]);
  }
  return out;
}

/** Centre and root mean square width of the power. */
function frameOf(mode: Floats, side: number): { x: number; y: number; width: number } {
  let [power, x, y, squares] = [0, 0, 0, 0];
  for (let pixel = 0; pixel < side * side; pixel++) {
    const p = mode[2 * pixel] ** 2 + mode[2 * pixel + 1] ** 2;
    const [column, row] = [pixel % side, Math.floor(pixel / side)];
    power += p;
    x += p * column;
    y += p * row;
    squares += p * (column * column + row * row);
  }
  x /= power;
  y /= power;
  return { x, y, width: Math.sqrt(Math.max(squares / power - x * x - y * y, 1)) };
}

/** Takes the part along `other` out of `mode`. */
function removeFrom(mode: Float64Array, other: Float64Array): void {
  let [re, im, power] = [0, 0, 0];
  for (let i = 0; i < mode.length; i += 2) {
    re += other[i] * mode[i] + other[i + 1] * mode[i + 1];
    im += other[i] * mode[i + 1] - other[i + 1] * mode[i];
    power += other[i] ** 2 + other[i + 1] ** 2;
  }
  if (power === 0) return;
  for (let i = 0; i < mode.length; i += 2) {
    mode[i] -= (re * other[i] - im * other[i + 1]) / power;
    mode[i + 1] -= (re * other[i + 1] + im * other[i]) / power;
  }
}
