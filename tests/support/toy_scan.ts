/**
 * Small noise-free scans for the iterative solvers, in memory, with the truth and a score.
 *
 * @module
 */
import { deadLeaves, randomField } from "../../src/simulation/objects/objects.ts";
import { rasterPositions } from "../../src/simulation/positions.ts";
import { photonsOf, scaleToPhotons } from "../../src/physics/probes/probes.ts";
import { FarField, samplePatch } from "../../src/physics/propagate.ts";
import { shiftProbe } from "./shift_probe.ts";
import { nearFieldTransfer } from "../../src/physics/diffraction.ts";
import { Fft2, frequency } from "../../src/numeric/fft2.ts";
import { Random } from "../../src/numeric/random.ts";
import type { Scan, ScanGeometry } from "../../src/scan/types.ts";
import { centreOf } from "../../src/solver/constraints/modes.ts";
import type { SolutionState } from "../../src/solver/solve.ts";

/** What may differ. */
export interface ToyOptions {
  /** N. Default 48. */
  readonly side?: number;
  /** Positions along each side. Default 15. */
  readonly across?: number;
  /** Pixels between positions. Default 4. */
  readonly step?: number;
  /** Incoherent modes. Default 1. */
  readonly modes?: number;
  /** Root mean square, along both axes together, by which the scan's positions are wrong. Default 0. */
  readonly positionErrorPx?: number;
  /** Counts that the detector adds to each pixel. Default 0. */
  readonly background?: number;
  /** Numbers of pixels that read nonsense. */
  readonly badPixels?: readonly number[];
  /** Part by which the probe of each pattern is replaced by another mode, from -1 to 1 times this. Default 0. */
  readonly variation?: number;
  /** Mean counts of a pattern, drawn with Poisson noise. Default: exact intensities of 1e6. */
  readonly photons?: number;
  /** Whole pixels only. Default false. */
  readonly whole?: boolean;
  /** The detector sees a near field at this distance, with pixels of 100 nm and a wavelength of 0.1 nm. */
  readonly nearFieldM?: number;
  readonly seed?: number;
  /** Range in radians of a smooth phase with features of 6 pixels, in the place of leaves. */
  readonly smoothPhase?: number;
  /** Defocus of the start probe, made of the true one: phase over the square of the frequency in 1 / pixel. */
  readonly startDefocus?: number;
}

/** A toy with its truth. */
export interface Toy {
  readonly scan: Scan;
  readonly truth: { readonly height: number; readonly width: number; readonly data: Float64Array };
  readonly probe: Float64Array;
  readonly positions: { readonly x: Float64Array; readonly y: Float64Array };
  readonly side: number;
}

/** A disk of radius 0.2 N with its edge blended, defocused by a quadratic phase in Fourier space. */
function beam(side: number, { radius, defocus }: { radius: number; defocus: number }): Float64Array {
  const wave = new Float64Array(2 * side * side);
  for (let i = 0; i < side * side; i++) {
    const r = Math.hypot((i % side) - side / 2, Math.floor(i / side) - side / 2);
    wave[2 * i] = Math.min(1, Math.max(0, radius + 1 - r) / 2);
  }
  const fft = new Fft2(side, side);
  fft.forward(wave);
  for (let i = 0; i < side * side; i++) {
    const k2 = frequency(i % side, side) ** 2 + frequency(Math.floor(i / side), side) ** 2;
    const [cos, sin] = [Math.cos(defocus * k2), Math.sin(defocus * k2)];
    const fade = Math.exp(-20 * k2);
    const [re, im] = [wave[2 * i], wave[2 * i + 1]];
    wave[2 * i] = fade * (re * cos - im * sin);
    wave[2 * i + 1] = fade * (re * sin + im * cos);
  }
  fft.inverse(wave);
  return wave;
}

/** The probe with a further quadratic phase in Fourier space. */
function defocused(probe: Float64Array, { side, defocus }: { side: number; defocus: number }): Float64Array {
  const out = probe.slice();
  const fft = new Fft2(side, side);
  fft.forward(out);
  for (let i = 0; i < side * side; i++) {
    const k2 = frequency(i % side, side) ** 2 + frequency(Math.floor(i / side), side) ** 2;
    const [cos, sin] = [Math.cos(defocus * k2), Math.sin(defocus * k2)];
    const [re, im] = [out[2 * i], out[2 * i + 1]];
    [out[2 * i], out[2 * i + 1]] = [re * cos - im * sin, re * sin + im * cos];
  }
  fft.inverse(out);
  return out;
}

/** The beam times x, weaker: a second mode. */
function secondMode(first: Float64Array, side: number): Float64Array {
  const mode = first.map((value, w) => value * (((w >> 1) % side) - side / 2));
  const factor = Math.sqrt(0.15 * photonsOf(first) / photonsOf(mode));
  return mode.map((value) => value * factor);
}

function joined(a: Float64Array, b: Float64Array): Float64Array {
  const out = new Float64Array(a.length + b.length);
  out.set(a);
  out.set(b, a.length);
  return out;
}

/** Simulates. Patches are whole pixels of the object; the probe carries the fractions. */
export function toyScan(options: ToyOptions = {}): Toy {
  const { side = 48, across = 15, step = 4, modes = 1, seed = 1, positionErrorPx = 0, background = 0 } =
    options;
  const { badPixels = [], variation = 0, photons } = options;
  const margin = 6, first = side / 2 + margin;
  const raster = rasterPositions({
    rows: across,
    columns: across,
    step,
    jitter: step / 3,
    x0: first,
    y0: first,
    seed,
  });
  const whole = (values: Float64Array) => options.whole ? values.map(Math.round) : values;
  const positions = { x: whole(raster.x), y: whole(raster.y) };
  const sides = side + 2 * margin + Math.ceil((across - 1) * step + step) + 1;
  const size = { height: sides, width: sides, seed };
  const leaves = options.smoothPhase === undefined
    ? deadLeaves({ ...size, amplitude: [0.5, 1], phase: [-1, 1] })
    : randomField({ ...size, amplitude: [0.5, 1], phase: [0, options.smoothPhase] });
  const truth = { ...leaves, data: smoothed(leaves.data, sides, { sigma: 0.8 }) };
  const object = { ...truth, x0: 0, y0: 0 };
  const main = beam(side, { radius: 0.2 * side, defocus: 60 });
  const probe = scaleToPhotons(
    joined(main, modes > 1 ? secondMode(main, side) : new Float64Array()),
    photons ?? 1e6,
  );
  const other = secondMode(probe.slice(0, 2 * side * side), side).map((v) => v * variation / Math.sqrt(0.15));
  const n = positions.x.length, pixels = side * side;
  const amplitudes = new Float32Array(n * pixels);
  const geometry = options.nearFieldM === undefined ? undefined : nearGeometry(options.nearFieldM);
  const far = new FarField(side), near = geometry && nearField(side, geometry);
  const random = new Random(seed, "toy");
  for (let i = 0; i < n; i++) {
    const [x, y] = [Math.round(positions.x[i]), Math.round(positions.y[i])];
    const patch = samplePatch(object, { x, y, side });
    const share = 2 * random.uniform() - 1;
    const own = probe.map((value, w) => w < other.length ? value + share * other[w] : value);
    const by = { side, dx: positions.x[i] - x, dy: positions.y[i] - y };
    const moved = shiftProbe(own, by);
    const intensity = near ? near(patch, moved, by) : far.intensity(patch, moved);
    for (let p = 0; p < pixels; p++) {
      const mean = intensity[p] + background;
      amplitudes[i * pixels + p] = Math.sqrt(photons === undefined ? mean : random.poisson(mean));
    }
    for (const p of badPixels) amplitudes[i * pixels + p] = 300 * random.uniform();
  }
  const wrong = (values: Float64Array) =>
    values.map((v) => v + positionErrorPx * Math.SQRT1_2 * random.normal());
  const given = { x: wrong(positions.x), y: wrong(positions.y) };
  const guess = options.startDefocus === undefined
    ? scaleToPhotons(beam(side, { radius: 0.16 * side, defocus: 30 }), 1e6)
    : defocused(probe, { side, defocus: options.startDefocus });
  const scan = memoryScan({ side, amplitudes, positions: given, probe: guess, geometry });
  return { scan, truth, probe, positions, side };
}

function nearGeometry(distanceM: number) {
  return {
    propagation: "angular-spectrum",
    wavelengthM: 1e-10,
    detectorPixelM: 1e-7,
    distanceM,
  } as const satisfies ScanGeometry;
}

/** The near field in float64: |F^-1 H F (patch probe)|^2, summed over the modes. */
function nearField(side: number, { detectorPixelM, ...lengths }: ReturnType<typeof nearGeometry>) {
  const transfer = nearFieldTransfer({ side, pixelSizeM: detectorPixelM, ...lengths });
  const fft = new Fft2(side, side), size = 2 * side * side;
  return (patch: Float64Array, probe: Float64Array, by: { side: number; dx: number; dy: number }) => {
    const intensity = new Float64Array(side * side);
    for (let at = 0; at < probe.length; at += size) {
      const exit = timesComplex(patch, probe.subarray(at, at + size));
      // the probe stands still before the detector, and the object moves
      const wave = shiftProbe(exit, { side, dx: -by.dx, dy: -by.dy });
      fft.forwardCentred(wave);
      const behind = timesComplex(wave, transfer);
      fft.inverseCentred(behind);
      intensity.forEach((sum, i) => intensity[i] = sum + behind[2 * i] ** 2 + behind[2 * i + 1] ** 2);
    }
    return intensity;
  };
}

function timesComplex(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((_, w) => w % 2 === 0 ? a[w] * b[w] - a[w + 1] * b[w + 1] : a[w - 1] * b[w] + a[w] * b[w - 1]);
}

/** A square image moved by (dx, dy) and blurred by a Gaussian, both in Fourier space. */
function smoothed(
  data: ArrayLike<number>,
  side: number,
  { sigma = 0, dx = 0, dy = 0 }: { sigma?: number; dx?: number; dy?: number },
): Float64Array {
  const wave = Float64Array.from(data);
  const fft = new Fft2(side, side);
  fft.forward(wave);
  for (let i = 0; i < side * side; i++) {
    const [kx, ky] = [frequency(i % side, side), frequency(Math.floor(i / side), side)];
    const factor = Math.exp(-2 * (Math.PI * sigma) ** 2 * (kx * kx + ky * ky));
    const angle = -2 * Math.PI * (kx * dx + ky * dy);
    const [re, im] = [wave[2 * i], wave[2 * i + 1]];
    wave[2 * i] = factor * (re * Math.cos(angle) - im * Math.sin(angle));
    wave[2 * i + 1] = factor * (re * Math.sin(angle) + im * Math.cos(angle));
  }
  fft.inverse(wave);
  return wave;
}

/** A scan of arrays in memory, of any N. */
export function memoryScan({ side, amplitudes, positions, probe, geometry }: {
  readonly side: number;
  readonly amplitudes: Float32Array;
  readonly positions: { readonly x: Float64Array; readonly y: Float64Array };
  readonly probe: ArrayLike<number>;
  readonly geometry?: ScanGeometry;
}): Scan {
  const pixels = side * side, n = positions.x.length;
  const read = (indices: ArrayLike<number>, change: (value: number) => number, out?: Float32Array) => {
    const target = out ?? new Float32Array(indices.length * pixels);
    for (let k = 0; k < indices.length; k++) {
      for (let p = 0; p < pixels; p++) target[k * pixels + p] = change(amplitudes[indices[k] * pixels + p]);
    }
    return Promise.resolve(target);
  };
  const total = amplitudes.reduce((sum, value) => sum + value * value, 0);
  return {
    source: "toy",
    n,
    size: side,
    positionsPx: positions,
    probe: { modes: probe.length / (2 * pixels), size: side, data: Float32Array.from(probe) },
    measurement: "amplitude",
    meanCounts: total / n,
    ...(geometry ? { geometry } : {}),
    labels: [],
    streams: false,
    entry: () => undefined,
    readRows: () => Promise.reject(new Error("a toy has no further arrays")),
    sha256: () => Promise.resolve("0".repeat(64)),
    readCounts: (indices, out) => read(indices, (value) => value * value, out),
    readAmplitudes: (indices, out) => read(indices, (value) => value, out),
    close: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/**
 * Relative error of an object: |c O exp(-i g r) - T| / |T| over the area of the positions, with the constant c by least
 * squares and the ramp g by the mean step. What the probe is moved by, the object is moved back by.
 */
export function objectError({ object, probe }: Pick<SolutionState, "object" | "probe">, toy: Toy): number {
  const { positions, side } = toy;
  const [own, wanted] = [Float64Array.from(probe.data), toy.probe].map((modes) => centreOf(modes, side));
  const by = { dx: own.x - wanted.x, dy: own.y - wanted.y };
  const truth = { ...toy.truth, data: smoothed(toy.truth.data, toy.truth.width, by) };
  const box = {
    left: Math.ceil(Math.min(...positions.x)),
    right: Math.floor(Math.max(...positions.x)),
    top: Math.ceil(Math.min(...positions.y)),
    bottom: Math.floor(Math.max(...positions.y)),
  };
  const pairs: { x: number; y: number; a: [number, number]; b: [number, number] }[] = [];
  for (let y = box.top; y <= box.bottom; y++) {
    for (let x = box.left; x <= box.right; x++) {
      const i = 2 * ((y - object.y0) * object.width + x - object.x0), j = 2 * (y * truth.width + x);
      pairs.push({ x, y, a: [object.data[i], object.data[i + 1]], b: [truth.data[j], truth.data[j + 1]] });
    }
  }
  const ramp = fittedRamp(pairs);
  let [re, im, size, all] = [0, 0, 0, 0];
  const turned = pairs.map(({ x, y, a, b }) => {
    const [cos, sin] = [Math.cos(ramp.x * x + ramp.y * y), -Math.sin(ramp.x * x + ramp.y * y)];
    const c: [number, number] = [a[0] * cos - a[1] * sin, a[0] * sin + a[1] * cos];
    re += c[0] * b[0] + c[1] * b[1];
    im += c[0] * b[1] - c[1] * b[0];
    size += c[0] ** 2 + c[1] ** 2;
    all += b[0] ** 2 + b[1] ** 2;
    return { c, b };
  });
  [re, im] = [re / size, im / size];
  let error = 0;
  for (const { c, b } of turned) {
    error += (re * c[0] - im * c[1] - b[0]) ** 2 + (re * c[1] + im * c[0] - b[1]) ** 2;
  }
  return Math.sqrt(error / all);
}

/** The ramp of a b* by the mean step between neighbours, refined on what is left. */
function fittedRamp(
  pairs: readonly { x: number; y: number; a: [number, number]; b: [number, number] }[],
): { x: number; y: number } {
  const ramp = { x: 0, y: 0 };
  const columns = pairs.findIndex(({ y }) => y !== pairs[0].y);
  for (const axis of ["x", "y"] as const) {
    const stride = axis === "x" ? 1 : columns;
    let re = 0, im = 0;
    for (let i = 0; i + stride < pairs.length; i++) {
      const [p, q] = [pairs[i], pairs[i + stride]];
      if (q[axis] !== p[axis] + 1) continue;
      const u = [p.a[0] * p.b[0] + p.a[1] * p.b[1], p.a[1] * p.b[0] - p.a[0] * p.b[1]];
      const v = [q.a[0] * q.b[0] + q.a[1] * q.b[1], q.a[1] * q.b[0] - q.a[0] * q.b[1]];
      re += u[0] * v[0] + u[1] * v[1];
      im += u[0] * v[1] - u[1] * v[0];
    }
    ramp[axis] = Math.atan2(im, re);
  }
  return ramp;
}

/** Root mean square distance of positions from the truth, both axes together, after their mean is taken out. */
export function positionError({ positionsPx }: Pick<SolutionState, "positionsPx">, toy: Toy): number {
  let sum = 0;
  for (const axis of ["x", "y"] as const) {
    const off = positionsPx[axis].map((value, i) => value - toy.positions[axis][i]);
    const mean = off.reduce((a, b) => a + b, 0) / off.length;
    sum += off.reduce((total, value) => total + (value - mean) ** 2, 0) / off.length;
  }
  return Math.sqrt(sum);
}

/** Overlap of two probes of one mode, |<a, b>| / (|a| |b|), at the whole shift where it is largest. */
export function probeOverlap(a: ArrayLike<number>, b: ArrayLike<number>, side: number): number {
  const fft = new Fft2(side, side);
  const [p, q] = [a, b].map((probe) => Float64Array.from(probe));
  const size = Math.sqrt(photonsOf(p) * photonsOf(q));
  fft.forward(p);
  fft.forward(q);
  for (let i = 0; i < p.length; i += 2) {
    [p[i], p[i + 1]] = [p[i] * q[i] + p[i + 1] * q[i + 1], p[i + 1] * q[i] - p[i] * q[i + 1]];
  }
  fft.inverse(p);
  let most = 0;
  for (let i = 0; i < p.length; i += 2) most = Math.max(most, Math.hypot(p[i], p[i + 1]));
  return side * most / size;
}
