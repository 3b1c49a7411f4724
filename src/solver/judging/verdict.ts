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
import type { Probe, Scan } from "../../scan/mod.ts";
import { median, overNoiseOf, type PatternMisfits, patternMisfits } from "./pattern_misfits.ts";
import type { SolutionState } from "../solve.ts";
import { hasStrayed } from "./strayed_probe.ts";

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
  {
    epochs = [],
    freeLight = (settings?.oprModes ?? 0) > 0,
    proven = false,
    misfits: measured,
    given,
    signal,
  }: {
    /** Misfits on the way: an image whose misfit still falls has not failed yet. */
    readonly epochs?: readonly { readonly error: number }[];
    /** The light of each pattern is as measured, where image and probe fix it only up to a factor. Default: where the probe varies. */
    readonly freeLight?: boolean;
    /** Patterns that were left out prefer the image to a flat object, however little that one misses. Default false. */
    readonly proven?: boolean;
    /** The probe of the start: an image of another probe is doubted, as long as noise does not explain its misfit. */
    readonly given?: Probe;
    /** Misfits of the image, where they were measured before. */
    readonly misfits?: PatternMisfits;
    readonly signal?: AbortSignal;
  } = {},
): Promise<Verdict> {
  const state = { object, probe, positionsPx, indices, background };
  const { places, image, flat, noise, light } = measured ??
    await patternMisfits(scan, state, { freeLight, signal });
  const explained = median(image.map((value, k) => (flat[k] - value) / Math.max(flat[k] - noise[k], 1e-9)));
  const beyond = median(flat.map((value, k) => value / Math.max(noise[k], 1e-9)));
  const [before, last] = epochs.slice(-2).map(({ error }) => error);
  const misfits = overNoiseOf({ image, noise });
  const overNoise = median(misfits);
  const remarks = [
    ...(freeLight ? [] : driftLines(light)),
    ...outlyingLines(misfits, (k) => indices[places[k]]),
  ];
  return wordOf({ explained: Math.min(1, explained), overNoise, remarks, patterns: places.length }, {
    object,
    flatAtNoise: beyond < AT_NOISE && !(proven && explained >= FAILED),
    proven,
    strayed: given !== undefined && hasStrayed(probe, given),
    falling: epochs.length < FEW_EPOCHS && last < FALLING * before,
  });
}

function wordOf(
  found: Omit<Verdict, "word" | "reasons">,
  { object, flatAtNoise, proven, strayed, falling }: Pick<SolutionState, "object"> & {
    readonly strayed: boolean;
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
  if (word === "good" && strayed && !atNoise) {
    return {
      ...found,
      word: "doubtful",
      reasons: [
        "the probe has become another than the one that was given, so that one of the two is wrong: search for one with " +
        "--probe-from auto",
      ],
    };
  }
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

/** Places of misfits that are far above the others. */
export function outlyingPlaces(misfits: readonly number[]): number[] {
  const middle = Math.max(1, median(misfits));
  return [...misfits.keys()].filter((k) => misfits[k] > OUTLYING * middle && misfits[k] > OUTLYING_NOISE);
}

/** Patterns that fit far worse than the others: a dropped frame, a wrong position. */
function outlyingLines(misfits: readonly number[], indexOf: (place: number) => number): string[] {
  const far = outlyingPlaces(misfits);
  if (far.length === 0) return [];
  const named = far.slice(0, NAMED).map(indexOf).join(", ");
  return [
    `${far.length} of ${misfits.length} patterns fit far worse than the others (${named}${
      far.length > NAMED ? ", ..." : ""
    }): dropped frames, or wrong positions?`,
  ];
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
