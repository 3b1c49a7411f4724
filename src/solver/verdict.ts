/**
 * The verdict on an image: how well it explains the patterns, beside photon noise and beside a flat object.
 *
 * A pattern is judged by R = sum (sqrt n - sqrt I)^2 over the pixels of the detector, which for photon noise alone is about
 * a quarter for each pixel with light. The part that the object explains is (F - R) / (F - noise), F being R of a flat
 * object with the same probe. Of the detector's pixels the few with the largest mean residuals do not count, and of the
 * patterns the median speaks, so that no pixel and no pattern decides.
 *
 * @module
 */
import { Fft2, frequency } from "../numeric/mod.ts";
import { type Scan, spreadSample } from "../scan/mod.ts";
import { transferOf } from "./prepare.ts";
import type { SolutionState } from "./solve.ts";

/** One word for an image. */
export type VerdictWord = "good" | "doubtful" | "failed";

/** What an image is worth. */
export interface Verdict {
  readonly word: VerdictWord;
  /** Median part of what a flat object leaves that the image explains; 1 is down to photon noise. */
  readonly explained: number;
  /** Median misfit over that of photon noise. */
  readonly overNoise: number;
  /** Likely reasons, the first the likeliest; empty for a good image. */
  readonly reasons: readonly string[];
  /** What does not decide on the word, but is worth to know: light that drifts, patterns that fit far worse than others. */
  readonly remarks: readonly string[];
  /** Patterns that were looked at. */
  readonly patterns: number;
}

/** Patterns that are looked at, and the part of the detector's pixels that do not count. */
const SAMPLE = 100, TRIMMED = 0.005;
/** A misfit of noise times this is as good as it gets, whatever a flat object leaves. */
export const AT_NOISE = 1.15;
/** A misfit that falls by more than this part in an epoch is on its way, as long as there were few of them. */
const FALLING = 0.98, FEW_EPOCHS = 10;
/** Parts explained from which on an image is good, and under which it failed. */
const GOOD = 0.85, FAILED = 0.5;

/** Drift of the light over a scan that is remarked, beyond this many times the scatter of its mean, and its least patterns. */
const DRIFT = 1.1, SCATTERS = 5, LEAST_DRIFTING = 24;
/** A pattern fits far worse than the others where its misfit is so many times the median, and many times noise. */
const OUTLYING = 8, OUTLYING_NOISE = 4, NAMED = 5;

/** Judges an image with the probe and positions that it came with. */
export async function judgeImage(
  scan: Pick<Scan, "n" | "size" | "geometry" | "mask" | "readCounts">,
  { object, probe, positionsPx, indices, background, settings }:
    & Pick<SolutionState, "object" | "probe" | "positionsPx" | "indices" | "background">
    & { readonly settings?: { readonly oprModes: number } },
  { epochs = [], freeLight = (settings?.oprModes ?? 0) > 0, proven = false, signal }: {
    /** Misfits on the way: an image whose misfit still falls has not failed yet. */
    readonly epochs?: readonly { readonly error: number }[];
    /** The light of each pattern is as measured, where image and probe fix it only up to a factor. Default: where the probe varies. */
    readonly freeLight?: boolean;
    /** Patterns that were left out prefer the image to a flat object, however little that one misses. Default false. */
    readonly proven?: boolean;
    readonly signal?: AbortSignal;
  } = {},
): Promise<Verdict> {
  const { size } = scan, pixels = size * size;
  const places = spreadSample(indices.length, SAMPLE);
  const transfer = scan.geometry && transferOf(scan.geometry, size);
  const model = new Model({ size, probe, transfer });
  const light: number[] = [];
  const residuals = { image: [] as Float64Array[], flat: [] as Float64Array[], noise: [] as Float64Array[] };
  for (const place of places) {
    signal?.throwIfAborted();
    const counts = await scan.readCounts([indices[place]]);
    const [x, y] = [positionsPx.x[place], positionsPx.y[place]];
    const of = (intensity: Float64Array) =>
      Float64Array.from(intensity, (value, i) => {
        if (scan.mask?.[i] === 0) return 0;
        return (Math.sqrt(counts[i]) - Math.sqrt(value + (background?.[i] ?? 0))) ** 2;
      });
    const asMade = model.intensity({ object, x, y });
    const image = freeLight ? model.scaled(asMade, counts) : asMade;
    light.push(sumOf(counts, scan.mask) / (sumOf(asMade, scan.mask) + sumOf(background ?? [], scan.mask)));
    residuals.image.push(of(image));
    residuals.flat.push(of(model.scaled(model.intensity({ x, y }), counts)));
    residuals.noise.push(image.map((value, i) => scan.mask?.[i] === 0 ? 0 : noiseOf(value)));
  }
  const kept = keptPixels(residuals.image, pixels);
  const sums = (list: readonly Float64Array[]) =>
    list.map((values) => values.reduce((sum, value, i) => sum + (kept[i] ? value : 0), 0));
  const [image, flat, noise] = [sums(residuals.image), sums(residuals.flat), sums(residuals.noise)];
  const explained = median(image.map((value, k) => (flat[k] - value) / Math.max(flat[k] - noise[k], 1e-9)));
  const beyond = median(flat.map((value, k) => value / Math.max(noise[k], 1e-9)));
  const [before, last] = epochs.slice(-2).map(({ error }) => error);
  const misfits = image.map((value, k) => value / Math.max(noise[k], 1e-9));
  const overNoise = median(misfits);
  const remarks = [
    ...(freeLight ? [] : driftLines(light)),
    ...outlyingLines(misfits, (k) => indices[places[k]]),
  ];
  return wordOf({ explained: Math.min(1, explained), overNoise, remarks, patterns: places.length }, {
    object,
    flatAtNoise: beyond < AT_NOISE && !(proven && explained >= FAILED),
    proven,
    falling: epochs.length < FEW_EPOCHS && last < FALLING * before,
  });
}

/** Intensities up to which the noise is summed up exactly, in steps of the square root. */
const EXACT = 16, STEPS = 256;
const NOISE = Float64Array.from({ length: STEPS + 1 }, (_, k) => exactNoise((k / STEPS) ** 2 * EXACT));

/**
 * Mean of (sqrt n - sqrt I)^2 under photon noise: twice I where there is hardly any light, a quarter from a few photons
 * on.
 */
function noiseOf(intensity: number): number {
  if (!(intensity < EXACT)) return 0.25 * (1 + 0.4 / intensity);
  return NOISE[Math.round(Math.sqrt(intensity / EXACT) * STEPS)];
}

function exactNoise(intensity: number): number {
  let [probability, sum] = [Math.exp(-intensity), 0];
  for (let n = 0; n < 8 * EXACT; n++) {
    sum += probability * (Math.sqrt(n) - Math.sqrt(intensity)) ** 2;
    probability *= intensity / (n + 1);
  }
  return sum;
}

function wordOf(
  found: Omit<Verdict, "word" | "reasons">,
  { object, flatAtNoise, proven, falling }: Pick<SolutionState, "object"> & {
    readonly flatAtNoise: boolean;
    readonly proven: boolean;
    readonly falling: boolean;
  },
): Verdict {
  const { explained, overNoise } = found;
  const atNoise = overNoise <= AT_NOISE;
  const collapse = collapseOf(object.data);
  if (!collapse && flatAtNoise && atNoise) {
    return {
      ...found,
      word: "doubtful",
      reasons: [
        proven
          ? "left-out patterns prefer the image to a flat object, but that explains them nearly as well: fine detail is noise"
          : "a flat object explains the patterns down to photon noise as well: too few photons, or too weak an object",
      ],
    };
  }
  if (!collapse && falling && !atNoise && explained < GOOD) {
    return { ...found, word: "doubtful", reasons: ["too few epochs: the misfit still falls"] };
  }
  const word = collapse ??
    (atNoise || explained >= GOOD ? "good" : explained < FAILED ? "failed" : "doubtful");
  if (word === "good") return { ...found, word, reasons: [] };
  const reasons = collapse
    ? [
      "the object has collapsed: nearly all of its amplitude is in a few pixels, the probe has taken its place",
    ]
    : [
      "patterns, probe and positions do not belong together: orientation, sign or order of the positions, the zero " +
      "frequency, counts taken for amplitudes",
      "a probe that is not the one of the scan, or positions that are off by pixels",
      "too few epochs, or too little overlap",
    ];
  return { ...found, word, reasons };
}

/** Measured light beside that of the image, where it goes one way over the scan. */
function driftLines(light: readonly number[]): string[] {
  const third = Math.floor(light.length / 3);
  if (light.length < LEAST_DRIFTING) return [];
  const part = (from: number) => light.slice(from, from + third);
  const [first, last] = [median(part(0)), median(part(light.length - third))];
  const scatter = median(part(third).map((value) => Math.abs(value - median(part(third)))));
  const [least, most] = [Math.min(first, last), Math.max(first, last)];
  if (!(most > DRIFT * least && most - least > SCATTERS * scatter / Math.sqrt(third))) return [];
  return [
    `the light of the scan goes from ${first.toFixed(2)} to ${
      last.toFixed(2)
    } times that of the image, from its first ` +
    "third to its last: let the probe vary with --opr-modes 1",
  ];
}

/** Patterns that fit far worse than the others: a dropped frame, a wrong position. */
function outlyingLines(misfits: readonly number[], indexOf: (place: number) => number): string[] {
  const middle = Math.max(1, median(misfits));
  const far = [...misfits.keys()].filter((k) =>
    misfits[k] > OUTLYING * middle && misfits[k] > OUTLYING_NOISE
  );
  if (far.length === 0) return [];
  const named = far.slice(0, NAMED).map(indexOf).join(", ");
  return [
    `${far.length} of ${misfits.length} patterns fit far worse than the others (${named}${
      far.length > NAMED ? ", ..." : ""
    }): dropped frames, or wrong positions?`,
  ];
}

function sumOf(values: ArrayLike<number>, mask: Uint8Array | undefined): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) if (mask?.[i] !== 0) sum += values[i];
  return sum;
}

/** An object whose amplitude is in isolated specks: the largest tenth of a percent has most of the power. */
function collapseOf(data: Float32Array): VerdictWord | undefined {
  const power = Float64Array.from(
    { length: data.length / 2 },
    (_, i) => data[2 * i] ** 2 + data[2 * i + 1] ** 2,
  );
  const total = power.reduce((sum, value) => sum + value, 0);
  if (!Number.isFinite(total) || total === 0) return "failed";
  const largest = power.sort().subarray(-Math.max(1, Math.ceil(power.length / 1000)));
  return largest.reduce((sum, value) => sum + value, 0) > 0.5 * total ? "failed" : undefined;
}

/** 1 for the pixels whose mean residual is not among the largest. */
function keptPixels(residuals: readonly Float64Array[], pixels: number): Uint8Array {
  const mean = new Float64Array(pixels);
  for (const values of residuals) for (let i = 0; i < pixels; i++) mean[i] += values[i];
  const limit = mean.slice().sort()[Math.floor((1 - TRIMMED) * (pixels - 1))];
  return Uint8Array.from(mean, (value) => value <= limit ? 1 : 0);
}

function median(values: readonly number[]): number {
  return values.slice().sort((a, b) => a - b)[values.length >> 1] ?? NaN;
}

/** Intensities on the detector in float64: the patch at whole pixels, the probe moved by the fraction of the position. */
class Model {
  readonly #fft: Fft2;
  readonly #size: number;
  readonly #modes: Float64Array[];
  readonly #transfer: Float32Array | undefined;

  constructor({ size, probe, transfer }: {
    readonly size: number;
    readonly probe: SolutionState["probe"];
    /** Of a near field; empty or absent for a far field. */
    readonly transfer: Float32Array | undefined;
  }) {
    this.#size = size;
    this.#transfer = transfer?.length ? transfer : undefined;
    this.#fft = new Fft2(size, size);
    this.#modes = Array.from({ length: probe.modes }, (_, k) => {
      const mode = Float64Array.from(probe.data.subarray(2 * k * size * size, 2 * (k + 1) * size * size));
      this.#fft.forward(mode);
      return mode;
    });
  }

  /** (N, N), zero frequency at N/2; of a flat object without one. */
  intensity(
    { object, x, y }: { readonly object?: SolutionState["object"]; readonly x: number; readonly y: number },
  ): Float64Array {
    const size = this.#size;
    const [column, row] = [Math.round(x) - size / 2, Math.round(y) - size / 2];
    const [fx, fy] = [x - Math.round(x), y - Math.round(y)];
    const out = new Float64Array(size * size);
    for (const mode of this.#modes) {
      const wave = this.#moved(mode, fx, fy);
      if (object) this.#through(wave, { object, row, column });
      this.#toDetector(wave, fx, fy);
      for (let i = 0; i < out.length; i++) out[i] += wave[2 * i] ** 2 + wave[2 * i + 1] ** 2;
    }
    return out;
  }

  /** Near the sample the beam stands still before the detector: the fraction of the position is taken back. */
  #toDetector(wave: Float64Array, fx: number, fy: number): void {
    const transfer = this.#transfer, size = this.#size;
    if (!transfer) return this.#fft.forwardCentred(wave);
    this.#fft.forward(wave);
    for (let i = 0; i < size * size; i++) {
      const phase = 2 * Math.PI *
        (fy * frequency(Math.floor(i / size), size) + fx * frequency(i % size, size));
      multiplyAt(wave, i, transfer[2 * i], transfer[2 * i + 1]);
      multiplyAt(wave, i, Math.cos(phase), Math.sin(phase));
    }
    this.#fft.inverse(wave);
  }

  /** A flat object has one free factor: the light that comes through. */
  scaled(intensity: Float64Array, counts: ArrayLike<number>): Float64Array {
    let [model, measured] = [0, 0];
    for (let i = 0; i < intensity.length; i++) {
      model += intensity[i];
      measured += counts[i];
    }
    return intensity.map((value) => value * measured / (model || 1));
  }

  #moved(mode: Float64Array, fx: number, fy: number): Float64Array {
    const size = this.#size, wave = mode.slice();
    for (let i = 0; i < size * size; i++) {
      const phase = -2 * Math.PI *
        (fy * frequency(Math.floor(i / size), size) + fx * frequency(i % size, size));
      multiplyAt(wave, i, Math.cos(phase), Math.sin(phase));
    }
    this.#fft.inverse(wave);
    return wave;
  }

  #through(
    wave: Float64Array,
    { object, row, column }: {
      readonly object: SolutionState["object"];
      readonly row: number;
      readonly column: number;
    },
  ): void {
    const size = this.#size;
    for (let r = 0; r < size; r++) {
      for (let c = 0; c < size; c++) {
        const [y, x] = [r + row - object.y0, c + column - object.x0];
        const inside = y >= 0 && x >= 0 && y < object.height && x < object.width;
        const at = 2 * (Math.round(y) * object.width + Math.round(x)), i = 2 * (r * size + c);
        const [ore, oim] = inside ? [object.data[at], object.data[at + 1]] : [1, 0];
        const [re, im] = [wave[i], wave[i + 1]];
        wave[i] = re * ore - im * oim;
        wave[i + 1] = re * oim + im * ore;
      }
    }
  }
}

/** The verdict in words for people: one line, and one for each reason. */
export function verdictLines({ word, explained, overNoise, reasons, remarks }: Verdict): string[] {
  const percent = `${Math.round(100 * Math.max(0, explained))} %`;
  return [
    `verdict: ${word}; the image explains ${percent} of what a flat object leaves, misfit ${
      overNoise.toPrecision(2)
    } times photon noise`,
    ...reasons.map((reason, i) => `${i === 0 ? "likely" : "or"}: ${reason}`),
    ...remarks.map((remark) => `note: ${remark}`),
  ];
}

/** Multiplies the complex number at place `i` by re + i im. */
function multiplyAt(wave: Float64Array, i: number, re: number, im: number): void {
  const [a, b] = [wave[2 * i], wave[2 * i + 1]];
  wave[2 * i] = a * re - b * im;
  wave[2 * i + 1] = a * im + b * re;
}
