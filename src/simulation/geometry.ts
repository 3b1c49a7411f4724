/**
 * The lengths of a simulated experiment.
 *
 * @module
 */
import type { SimulationConfig } from "../config/mod.ts";
import { OptionError } from "../common/mod.ts";
import { longestNearFieldM, type Propagation } from "../physics/mod.ts";

/** Lengths in metres. */
export interface Geometry {
  readonly propagation: Propagation;
  readonly wavelengthM: number;
  /** Side of an object pixel. */
  readonly pixelSizeM: number;
  /** Side of a detector pixel. */
  readonly detectorPixelM: number;
  /** From the object to the detector. */
  readonly distanceM: number;
  /** From the focus of a diverging beam to the object. */
  readonly focusDistanceM?: number;
}

/** Object pixel in metres if no option sets it. */
const PIXEL_SIZE = 1e-8;
const DETECTOR_PIXEL = 75e-6;
/** Part of the longest near field that is sampled. */
const NEAR_FIELD = 0.25;

/**
 * Completes the lengths of the settings. In the far field object pixel = wavelength * distance / (N * detector pixel);
 * in the near field the detector pixel is the object pixel times the magnification. Throws `OptionError` where three lengths are given that contradict
 * each other, and for a near field too far away to be sampled.
 */
export function completeGeometry(settings: SimulationConfig): Geometry {
  return settings.propagation === "far" ? farGeometry(settings) : nearGeometry(settings);
}

function farGeometry(settings: SimulationConfig): Geometry {
  const { propagation, wavelength: wavelengthM, size, distance } = settings;
  let { pixelSize, detectorPixel } = settings;
  if (distance === null || pixelSize === null) detectorPixel ??= DETECTOR_PIXEL;
  pixelSize ??= distance !== null && detectorPixel !== null
    ? wavelengthM * distance / (size * detectorPixel)
    : PIXEL_SIZE;
  const detectorPixelM = detectorPixel ?? wavelengthM * (distance ?? 0) / (size * pixelSize);
  const distanceM = pixelSize * size * detectorPixelM / wavelengthM;
  if (distance !== null && Math.abs(distanceM / distance - 1) > 1e-3) {
    throw new OptionError({
      option: "distance",
      found: `${distance} m`,
      expected: `${Number(distanceM.toPrecision(4))} m (object pixel * N * detector pixel / wavelength)`,
      remedy: "leave out one of distance, pixel size and detector pixel",
    });
  }
  return { propagation, wavelengthM, pixelSizeM: pixelSize, detectorPixelM, distanceM };
}

function nearGeometry(settings: SimulationConfig): Geometry {
  const { propagation, wavelength: wavelengthM, size: side, pixelSize, detectorPixel, focusDistance } =
    settings;
  if (focusDistance !== null && settings.distance === null) {
    throw new OptionError({
      option: "distance",
      found: `auto with a focus at ${focusDistance} m`,
      expected: "a length, which gives the magnification",
      remedy: "give the distance from object to detector",
    });
  }
  const magnification = focusDistance === null ? 1 : 1 + (settings.distance ?? 0) / focusDistance;
  const pixelSizeM = pixelSize ?? (detectorPixel === null ? PIXEL_SIZE : detectorPixel / magnification);
  const detectorPixelM = pixelSizeM * magnification;
  if (detectorPixel !== null && Math.abs(detectorPixel / detectorPixelM - 1) > 1e-3) {
    throw new OptionError({
      option: "detectorPixel",
      found: `${detectorPixel} m`,
      expected: `${detectorPixelM} m, the object pixel times the magnification, in the near field`,
      remedy: "leave it out, or give the distance of the focus of a diverging beam",
    });
  }
  const longest = longestNearFieldM({ side, wavelengthM, pixelSizeM });
  const distanceM = settings.distance ?? NEAR_FIELD * longest;
  if (distanceM / magnification > longest) {
    throw new OptionError({
      option: "distance",
      found: `${distanceM} m`,
      expected: `at most N pixel^2 / wavelength = ${
        Number((longest * magnification).toPrecision(4))
      } m in the near field`,
      remedy: "bring the detector closer or simulate the far field",
    });
  }
  return {
    propagation,
    wavelengthM,
    pixelSizeM,
    detectorPixelM,
    distanceM,
    ...(focusDistance === null ? {} : { focusDistanceM: focusDistance }),
  };
}
