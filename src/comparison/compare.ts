/**
 * Compares a reconstruction with a reference: registration, and every figure of merit.
 *
 * @module
 */
import { messageOf } from "../common/mod.ts";
import { cropImage, type PlacedImage, type RealImage } from "../numeric/mod.ts";
import { alignToReference } from "./alignment.ts";
import { type Area, boxOf, commonArea, wellCovered } from "./area.ts";
import { dataRangeOf, meanAbsoluteError, meanSquaredError, peakSignalToNoise } from "./difference.ts";
import {
  fourierRingCorrelation,
  type FrcCrossing,
  frcCrossing,
  type FrcCurve,
  halfBitThreshold,
} from "./frc.ts";
import { gaussianBlur } from "./gaussian.ts";
import { MS_SSIM_MIN_SIDE, msSsimIterated, msSsimWang } from "./ms_ssim.ts";
import { largestRectangle } from "./rectangle.ts";
import { registerShift, type Shift } from "./registration.ts";
import { type ComparedObjects, compareObjects } from "./score.ts";
import { shiftImage } from "./shift.ts";
import { phasesForSsim, ssim, type SsimPair } from "./ssim.ts";

/** An object with what is known about it. */
export interface ComparableObject {
  readonly object: PlacedImage;
  /** Illumination of each pixel, row-major; pixels under a tenth of the largest do not count. Default: all count. */
  readonly weight?: ArrayLike<number>;
  /** Side of a pixel in metres. */
  readonly pixelSizeM?: number;
  /** For messages: the file. */
  readonly name?: string;
}

/** Options of {@linkcode compareReconstructions}. */
export interface CompareOptions {
  /** Only what lies inside is compared. Default: all that both have. */
  readonly area?: Area;
  /** Find and take out a sub-pixel shift against the reference first. Default true. */
  readonly register?: boolean;
  /** Largest shift in pixels that is taken for a shift; beyond it the images are refused. Default 16. */
  readonly largestShiftPx?: number;
  /** Width in pixels of a Gaussian applied to both images before MS-SSIM. Default 0: none. */
  readonly msSsimSigma?: number;
}

/**
 * Figures of a real image against its reference. SSIM and MS-SSIM take amplitudes by the range of the reference, phases
 * lifted by pi by 2 pi.
 */
export interface ImageFigures {
  readonly mae: number;
  readonly mse: number;
  /** In dB, by the range of the reference. */
  readonly psnr: number;
  readonly ssim: number;
  /** SSIM by the reference's own range: for phases harder than by 2 pi, by which a flat image may score 0.9. */
  readonly ssimOwnRange: number;
  /** Undefined where the images are smaller than 97 pixels. */
  readonly msSsimIterated: number | undefined;
  /** Undefined where the images are smaller than {@linkcode MS_SSIM_MIN_SIDE}. */
  readonly msSsimWang: number | undefined;
  readonly frc: FrcCurve;
  readonly frc50: FrcCrossing;
  readonly frcSeventh: FrcCrossing;
  readonly frcHalfBit: FrcCrossing;
}

/** A reconstruction against a reference. */
export interface Comparison {
  readonly amplitude: ImageFigures;
  readonly phase: ImageFigures;
  /** The images that the figures are of. */
  readonly images: ComparedObjects;
  /** Shift that was taken out of the reconstruction; 0 without registration. */
  readonly shift: Shift;
  /** Shift that registration found and that no scan has: the images are compared in the frame that they were given in. */
  readonly implausibleShift?: Shift;
  /** The rectangle that was compared: the largest one in which both are well covered. */
  readonly area: Area;
  /** Part of the common area that is well covered in both. */
  readonly coveredPart: number;
}

/** One method in the table. */
export interface ComparisonEntry {
  readonly name: string;
  readonly comparison: Comparison;
  /** Side of an object pixel in metres; without it resolutions are given in pixels alone. */
  readonly pixelSizeM?: number;
  /** Seconds of the reconstruction, if known. */
  readonly seconds?: number;
}

/** Objects that cannot be compared. */
export class ComparisonError extends Error {
  override name = "ComparisonError";
}

/**
 * Brings `result` to `reference` and scores it. Alignment: sub-pixel shift by upsampled correlation, amplitude scale
 * by least squares, constant phase and ramp by a weighted plane fit, all on the largest rectangle that is well covered in
 * both. Phases are unwrapped where the reference crosses the cut. Throws {@linkcode ComparisonError} for different pixel
 * sizes and for objects that do not overlap. Where the shift is beyond `largestShiftPx`, objects are compared in the frame
 * that they were given in.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const data = Float64Array.from({ length: 2 * 32 * 32 }, (_, i) => Math.sin(i * i / 77) + 2);
 * const object = { height: 32, width: 32, data, x0: 0, y0: 0 };
 * const { amplitude, shift } = compareReconstructions({ object }, { object });
 * assert.deepEqual(shift, { dy: 0, dx: 0 });
 * assert.ok(amplitude.mae < 1e-12 && amplitude.frc50.resolutionPx === 1);
 * ```
 */
export function compareReconstructions(
  result: ComparableObject,
  reference: ComparableObject,
  options: CompareOptions = {},
): Comparison {
  refuseOtherPixels(result, reference);
  const { area, coveredPart } = coveredArea([result, reference], { within: options.area });
  const { object, shift, implausibleShift } = options.register === false
    ? { object: result.object, shift: { dy: 0, dx: 0 }, implausibleShift: undefined }
    : registered(result, reference, { area, largest: options.largestShiftPx ?? 16 });
  const images = compareObjects(object, reference.object, { area });
  const sigma = options.msSsimSigma ?? 0;
  return {
    amplitude: figuresOf(images.amplitude, images.referenceAmplitude, {
      pair: {
        image: images.amplitude,
        reference: images.referenceAmplitude,
        dataRange: dataRangeOf(images.referenceAmplitude) || 1,
      },
      sigma,
    }),
    phase: figuresOf(images.phase, images.referencePhase, {
      pair: phasesForSsim(images.phase, images.referencePhase),
      sigma,
    }),
    images,
    shift,
    ...(implausibleShift ? { implausibleShift } : {}),
    area,
    coveredPart,
  };
}

/** Pixel sizes may differ by rounding alone. */
const SAME_PIXELS = 1e-3;

function refuseOtherPixels(a: ComparableObject, b: ComparableObject): void {
  if (a.pixelSizeM === undefined || b.pixelSizeM === undefined) return;
  if (Math.abs(a.pixelSizeM / b.pixelSizeM - 1) <= SAME_PIXELS) return;
  const nm = (metres: number) => `${Number((1e9 * metres).toPrecision(5))} nm`;
  throw new ComparisonError(
    `${a.name ?? "the object"}: found pixels of ${nm(a.pixelSizeM)}, expected ${nm(b.pixelSizeM)} as in ` +
      `${b.name ?? "the reference"}; reconstruct both with the same pixel size`,
  );
}

const SMALLEST_SIDE = 16;

/** Area in which all of some objects are well covered. */
export interface CoveredArea {
  /** The largest rectangle without a hole. */
  readonly area: Area;
  /** Part of the common area that is well covered in all. */
  readonly coveredPart: number;
}

/**
 * Returns the area on which all of `objects` can be compared: so every method of a table is judged by the same
 * pixels. Throws {@linkcode ComparisonError} where they have less than 16 x 16 pixels in common.
 */
export function coveredArea(
  objects: readonly ComparableObject[],
  { within }: { readonly within?: Area } = {},
): CoveredArea {
  const names = objects.map(({ name }, k) => name ?? `object ${k + 1}`).join(" and ");
  const common = overlap(objects, { within, names });
  const { height, width } = boxOf(common, objects[0].object);
  const mask = objects.map((one) => coverage(one, common))
    .reduce((all, one) => all.map((value, i) => value & one[i]));
  const box = largestRectangle(mask, { height, width });
  if (!box || Math.min(box.height, box.width) < SMALLEST_SIDE) {
    throw new ComparisonError(
      `${names}: found ${
        box ? `${box.height} x ${box.width}` : "no"
      } pixels well covered in all, expected at ` +
        `least ${SMALLEST_SIDE} x ${SMALLEST_SIDE}; compare scans of the same area`,
    );
  }
  const area = {
    xMin: common.xMin + box.column,
    xMax: common.xMin + box.column + box.width - 1,
    yMin: common.yMin + box.row,
    yMax: common.yMin + box.row + box.height - 1,
  };
  return { area, coveredPart: mask.reduce((sum, value) => sum + value, 0) / mask.length };
}

function overlap(
  objects: readonly ComparableObject[],
  { within, names }: { within: Area | undefined; names: string },
): Area {
  try {
    return commonArea(objects.map(({ object }) => object), within);
  } catch (error) {
    throw new ComparisonError(`${names} do not overlap: ${messageOf(error)}`);
  }
}

function coverage({ object, weight }: ComparableObject, area: Area): Uint8Array {
  const { row, column, height, width } = boxOf(area, object);
  const whole = weight ? wellCovered(weight) : undefined;
  return Uint8Array.from({ length: height * width }, (_, p) => {
    const at = (row + Math.floor(p / width)) * object.width + column + p % width;
    return whole ? whole[at] : 1;
  });
}

/** A shift biases the alignment and a ramp the shift, so that they take turns. */
const TURNS = 3;

/** The object moved onto the reference. */
function registered(
  result: ComparableObject,
  reference: ComparableObject,
  { area, largest }: { area: Area; largest: number },
): { object: PlacedImage; shift: Shift; implausibleShift?: Shift } {
  const truth = cropImage(reference.object, boxOf(area, reference.object), 2);
  let object = result.object;
  let shift: Shift = { dy: 0, dx: 0 };
  for (let turn = 0; turn < TURNS; turn++) {
    const image = cropImage(object, boxOf(area, object), 2);
    const step = registerShift(alignToReference(image, truth).image, truth, {
      factor: 100,
      values: 2,
      correlation: "cross",
    });
    if (step.dy === 0 && step.dx === 0) break;
    shift = { dy: shift.dy + step.dy, dx: shift.dx + step.dx };
    if (Math.hypot(shift.dy, shift.dx) > largest) {
      return { object: result.object, shift: { dy: 0, dx: 0 }, implausibleShift: shift };
    }
    object = { ...object, data: shiftImage(result.object, { dy: -shift.dy, dx: -shift.dx }).data };
  }
  return { object, shift };
}

function figuresOf(
  image: RealImage,
  reference: RealImage,
  { pair, sigma }: { readonly pair: SsimPair; readonly sigma: number },
): ImageFigures {
  const { dataRange } = pair;
  const side = Math.min(image.height, image.width);
  const frc = fourierRingCorrelation(image, reference);
  return {
    mae: meanAbsoluteError(image, reference),
    mse: meanSquaredError(image, reference),
    psnr: peakSignalToNoise(image, reference, { dataRange: dataRangeOf(reference) || 1 }),
    ssim: ssim(pair.image, pair.reference, { dataRange }),
    ssimOwnRange: ssim(image, reference, { dataRange: dataRangeOf(reference) || 1 }),
    msSsimIterated: side >= 97 ? msSsimIterated(pair.image, pair.reference, { dataRange, sigma }) : undefined,
    msSsimWang: side >= MS_SSIM_MIN_SIDE
      ? msSsimWang(blurred(pair.image, sigma), blurred(pair.reference, sigma), { dataRange })
      : undefined,
    frc,
    frc50: frcCrossing(frc, 0.5),
    frcSeventh: frcCrossing(frc, 1 / 7),
    frcHalfBit: frcCrossing(frc, halfBitThreshold),
  };
}

function blurred(image: RealImage, sigma: number): RealImage {
  return sigma > 0 ? gaussianBlur(image, { sigma }) : image;
}
