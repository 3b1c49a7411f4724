/**
 * Scores of a reconstructed object against a reference, as in the tables of the documentation.
 *
 * @module
 */
import {
  amplitudeOf,
  type ComplexImage,
  cropImage,
  type PlacedImage,
  type RealImage,
} from "../numeric/mod.ts";
import { alignToReference, type PhasePlane, wrap } from "./alignment.ts";
import { type Area, boxOf, commonArea, scannedArea } from "./area.ts";
import { dataRangeOf, meanAbsoluteError } from "./difference.ts";
import { phasesForSsim, ssim } from "./ssim.ts";
import { unwrapPhase } from "./unwrap.ts";

/** Options of the comparison. */
export interface ScoreOptions {
  /** Scan positions (pixels): only what lies between the smallest and the largest is compared. */
  readonly positions?: { readonly xcoords: ArrayLike<number>; readonly ycoords: ArrayLike<number> };
  /** The area itself, instead of positions. Default: all that both images have. */
  readonly area?: Area;
}

/** Images brought to each other on their common area. */
export interface ComparedObjects {
  readonly area: Area;
  readonly amplitude: RealImage;
  readonly referenceAmplitude: RealImage;
  /** Radians, about the mean direction of the reference. */
  readonly phase: RealImage;
  readonly referencePhase: RealImage;
  /** Amplitude scale that was taken out of the reconstruction. */
  readonly scale: number;
  readonly plane: PhasePlane;
}

/** Scores of one object. */
export interface ObjectScore {
  /** SSIM (7 x 7) of the amplitude; data range = largest minus smallest reference amplitude in the area. */
  readonly amplitudeSsim: number;
  /** SSIM (7 x 7) of the phase + pi; data range 2 pi (see docs/decisions.md). */
  readonly phaseSsim: number;
  /** Mean absolute difference of the amplitude, in units of the reference. */
  readonly amplitudeMae: number;
  /** Mean absolute difference of the phase in radians. */
  readonly phaseMae: number;
  readonly area: Area;
  readonly scale: number;
  readonly plane: PhasePlane;
}

/**
 * Crops both objects to the scanned area, and aligns the reconstruction: amplitude scale by least squares,
 * constant phase and ramp by a weighted plane fit of the phase difference.
 *
 * Phases are compared as reference phase + wrapped difference: a pixel just across the cut at pi is not an
 * error of 2 pi. A reference phase that crosses the cut itself is unwrapped. Pixels without a value count as amplitude 0 and phase 0.
 */
export function compareObjects(
  reconstruction: PlacedImage,
  reference: PlacedImage,
  options: ScoreOptions = {},
): ComparedObjects {
  const wanted = options.area ?? (options.positions ? scannedArea(options.positions) : undefined);
  const area = commonArea([reconstruction, reference], wanted);
  const image = cropImage(reconstruction, boxOf(area, reconstruction), 2);
  const truth = cropImage(reference, boxOf(area, reference), 2);
  const aligned = alignToReference(image, truth);
  const { phase, referencePhase } = comparePhases(aligned.image, truth);
  return {
    area,
    amplitude: amplitudeOf(aligned.image),
    referenceAmplitude: amplitudeOf(truth),
    phase,
    referencePhase,
    scale: aligned.scale,
    plane: aligned.plane,
  };
}

/**
 * Scores of a reconstruction against a reference, see {@linkcode compareObjects}; 1 and 0 for the same
 * object.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const data = Float64Array.from({ length: 2 * 20 * 20 }, (_, i) => Math.sin(i) + 2);
 * const object = { height: 20, width: 20, data, x0: 0, y0: 0 };
 * const brighter = { ...object, data: data.map((v) => 3 * v) };
 * assert.ok(Math.abs(scoreObject(brighter, object).phaseSsim - 1) < 1e-9);
 * ```
 */
export function scoreObject(
  reconstruction: PlacedImage,
  reference: PlacedImage,
  options: ScoreOptions = {},
): ObjectScore {
  const compared = compareObjects(reconstruction, reference, options);
  const { amplitude, referenceAmplitude, phase, referencePhase, area, scale, plane } = compared;
  return {
    amplitudeSsim: amplitudeSsimOf(amplitude, referenceAmplitude),
    phaseSsim: phaseSsimOf(phase, referencePhase),
    amplitudeMae: meanAbsoluteError(amplitude, referenceAmplitude),
    phaseMae: meanAbsoluteError(phase, referencePhase),
    area,
    scale,
    plane,
  };
}

/** SSIM by the range of the reference; a reference without any contrast is matched exactly or not at all. */
function amplitudeSsimOf(image: RealImage, reference: RealImage): number {
  const dataRange = dataRangeOf(reference);
  if (dataRange > 0) return ssim(image, reference, { dataRange });
  return meanAbsoluteError(image, reference) <= 1e-6 ? 1 : 0;
}

function phaseSsimOf(phase: RealImage, referencePhase: RealImage): number {
  const { image, reference, dataRange } = phasesForSsim(phase, referencePhase);
  return ssim(image, reference, { dataRange });
}

function comparePhases(
  image: ComplexImage,
  reference: ComplexImage,
): { readonly phase: RealImage; readonly referencePhase: RealImage } {
  const { height, width, data: b } = reference;
  const a = image.data;
  let re = 0, im = 0;
  for (let i = 0; i < b.length; i += 2) {
    re += b[i];
    im += b[i + 1];
  }
  const mean = Math.atan2(im, re);
  const about = Float64Array.from(
    { length: height * width },
    (_, p) => wrap(Math.atan2(b[2 * p + 1], b[2 * p]) - mean),
  );
  const referencePhase = crossesCut(about, width)
    ? centred(unwrapPhase({ height, width, data: about }).data)
    : about;
  const phase = new Float64Array(height * width);
  for (let p = 0, i = 0; p < phase.length; p++, i += 2) {
    const known = a[i] !== 0 || a[i + 1] !== 0;
    const own = known ? Math.atan2(a[i + 1], a[i]) - mean : 0;
    phase[p] = known ? referencePhase[p] + wrap(own - referencePhase[p]) : 0;
  }
  return { phase: { height, width, data: phase }, referencePhase: { height, width, data: referencePhase } };
}

/** True where neighbours differ by more than half a turn. */
function crossesCut(phase: Float64Array, width: number): boolean {
  return phase.some((angle, p) =>
    ((p + 1) % width !== 0 && Math.abs(angle - phase[p + 1]) > Math.PI) ||
    (p + width < phase.length && Math.abs(angle - phase[p + width]) > Math.PI)
  );
}

/** Whole turns added so that the mean lies within half a turn of 0. */
function centred(phase: Float64Array): Float64Array {
  const mean = phase.reduce((sum, angle) => sum + angle, 0) / phase.length;
  const turns = 2 * Math.PI * Math.round(mean / (2 * Math.PI));
  return phase.map((angle) => angle - turns);
}
