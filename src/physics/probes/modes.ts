/**
 * Incoherent modes made of one probe, and the size of a probe.
 *
 * @module
 */
import { type Floats, Random } from "../../numeric/mod.ts";

import { photonsOf } from "./probes.ts";

/** Options of {@linkcode probeModes}. */
export interface ModesOptions {
  /** Side N in pixels. */
  readonly side: number;
  /** P, the first mode included. */
  readonly modes: number;
  /**
   * `hermite`: the probe times Hermite polynomials of x and y over its width, by rising degree. `decay`: the probe
   * times smooth random phases.
   */
  readonly kind: "hermite" | "decay";
  /** Power of each mode over that of the one before it, above 0 and up to 1. */
  readonly decay: number;
  /** Of the random phases. Default 0. */
  readonly seed?: number;
}

/**
 * (P, N, N) interleaved: modes orthogonal to each other (Gram and Schmidt), powers in the ratio 1, d, d^2, ... and
 * as many photons in all as the probe has. The first mode is the probe itself, scaled.
 */
export function probeModes(probe: Floats, options: ModesOptions): Float64Array {
  const { side, modes, kind, decay, seed = 0 } = options;
  const size = 2 * side * side;
  const total = photonsOf(probe);
  const first = 1 / Array.from({ length: modes }, (_, k) => decay ** k).reduce((sum, v) => sum + v, 0);
  const random = new Random(seed, "probe modes");
  const factor = kind === "hermite"
    ? hermiteFactors(probe, side)
    : (mode: number) => randomPhase(random, { side, mode });
  const out = new Float64Array(size * modes);
  const earlier: Float64Array[] = [];
  for (let mode = 0; mode < modes; mode++) {
    const wave = mode === 0 ? Float64Array.from(probe.subarray(0, size)) : product(probe, factor(mode));
    // twice, because once loses orthogonality to rounding
    for (let round = 0; round < 2; round++) earlier.forEach((one) => takeOut(wave, one));
    const norm = Math.sqrt(photonsOf(wave));
    if (!(norm > 1e-9 * Math.sqrt(total))) {
      throw new RangeError(
        `the probe does not carry ${modes} independent modes; ask for fewer than ${mode + 1}`,
      );
    }
    const unit = wave.map((v) => v / norm);
    earlier.push(unit);
    const amplitude = Math.sqrt(total * first * decay ** mode);
    out.set(unit.map((v) => v * amplitude), mode * size);
  }
  return out;
}

/** Interleaved complex factors of a mode. */
type Factors = Float64Array;

function product(probe: Floats, factors: Factors): Float64Array {
  const out = new Float64Array(factors.length);
  for (let i = 0; i < out.length; i += 2) {
    out[i] = probe[i] * factors[i] - probe[i + 1] * factors[i + 1];
    out[i + 1] = probe[i] * factors[i + 1] + probe[i + 1] * factors[i];
  }
  return out;
}

function hermiteFactors(probe: Floats, side: number): (mode: number) => Factors {
  const { x, y, radius } = probeExtent(probe, { side });
  return (mode) => {
    let degree = 0, place = mode;
    while (place > degree) place -= ++degree;
    const factors = new Float64Array(2 * side * side);
    for (let i = 0; i < side * side; i++) {
      // of a Gaussian exp(-r^2 / (2 sigma^2)) the radius below is sqrt(2) sigma
      const u = Math.SQRT2 * (i % side - x) / radius, v = Math.SQRT2 * (Math.floor(i / side) - y) / radius;
      factors[2 * i] = hermite(degree - place, u) * hermite(place, v);
    }
    return factors;
  };
}

/** Hermite polynomial of the physicists: H0 = 1, H1 = 2 x, Hk = 2 x H(k-1) - 2 (k - 1) H(k-2). */
function hermite(order: number, x: number): number {
  let [before, now] = [0, 1];
  for (let k = 1; k <= order; k++) [before, now] = [now, 2 * x * now - 2 * (k - 1) * before];
  return now;
}

/** A phase of a few waves across the field, with random directions. */
function randomPhase(random: Random, { side, mode }: { side: number; mode: number }): Factors {
  const waves = Array.from({ length: 4 }, () => ({
    fx: (0.5 + 0.5 * mode) * random.normal(),
    fy: (0.5 + 0.5 * mode) * random.normal(),
    at: 2 * Math.PI * random.uniform(),
  }));
  const factors = new Float64Array(2 * side * side);
  for (let i = 0; i < side * side; i++) {
    const y = Math.floor(i / side) / side, x = i % side / side;
    const phase = waves.reduce(
      (sum, { fx, fy, at }) => sum + Math.cos(2 * Math.PI * (fx * x + fy * y) * 2 + at),
      0,
    );
    factors[2 * i] = Math.cos(phase);
    factors[2 * i + 1] = Math.sin(phase);
  }
  return factors;
}

/** wave -= unit <unit, wave>. */
function takeOut(wave: Float64Array, unit: Float64Array): void {
  let [re, im] = [0, 0];
  for (let i = 0; i < wave.length; i += 2) {
    re += unit[i] * wave[i] + unit[i + 1] * wave[i + 1];
    im += unit[i] * wave[i + 1] - unit[i + 1] * wave[i];
  }
  for (let i = 0; i < wave.length; i += 2) {
    wave[i] -= re * unit[i] - im * unit[i + 1];
    wave[i + 1] -= re * unit[i + 1] + im * unit[i];
  }
}

/** Centre and size of a probe. */
export interface ProbeExtent {
  /** Centre of its intensity in pixels. */
  readonly x: number;
  readonly y: number;
  /**
   * Radius in pixels of the uniform disk with the same second moment: sqrt(2 <r^2>), weighted by abs(probe)^2 summed
   * over the modes.
   */
  readonly radius: number;
}

/** Returns the centre and radius of a probe (P, N, N). Throws `RangeError` for an empty one. */
export function probeExtent(probe: Floats, { side }: { readonly side: number }): ProbeExtent {
  let [sum, sx, sy, square] = [0, 0, 0, 0];
  const pixels = side * side;
  for (let i = 0; i < probe.length / 2; i++) {
    const weight = probe[2 * i] ** 2 + probe[2 * i + 1] ** 2;
    const y = Math.floor(i % pixels / side), x = i % side;
    sum += weight;
    sx += weight * x;
    sy += weight * y;
    square += weight * (x * x + y * y);
  }
  if (!(sum > 0)) throw new RangeError("an empty probe has no size");
  const [x, y] = [sx / sum, sy / sum];
  return { x, y, radius: Math.sqrt(2 * Math.max(0, square / sum - x * x - y * y)) };
}
