/**
 * The geometry of an exposure: how far the light goes behind the sample, and whether the detector sees its near field.
 *
 * @module
 */
import { isRecord } from "../../common/mod.ts";
import { longestNearFieldM, nearFieldLengths, type Propagation, PROPAGATIONS } from "../../physics/mod.ts";
import type { ScanGeometry } from "../types.ts";
import { wavelengthOfEv } from "../wavelength.ts";
import type { Findings } from "./contract.ts";

const KEYS = {
  wavelengthM: ["wavelength_m"],
  energyEv: ["energy_ev"],
  distanceM: ["detector_distance_m", "distance_m"],
  detectorPixelM: ["detector_pixel_m"],
  focusDistanceM: ["focus_distance_m"],
} as const;

/** Pixels that differ by less than this part are the same. */
const SAME_PIXEL = 0.02;

/** What the geometry is judged by. */
export interface GeometryOptions {
  /** N. */
  readonly size: number | undefined;
  /** Side of an object pixel, where the metadata says. */
  readonly pixelSizeM: number | undefined;
}

/**
 * Reads the geometry that the metadata gives. `propagation` says far, fresnel, angular-spectrum or near; where it
 * says nothing, the field is near if the object pixel is that of the detector over the magnification, and not that of
 * the far field, wavelength * distance / (N * detector pixel). A near field without its lengths, or too far away to
 * be sampled, becomes a problem. Undefined where wavelength or distance are not given.
 */
export function readGeometry(
  metadata: unknown,
  { findings, size, pixelSizeM }: GeometryOptions & { readonly findings: Findings },
): ScanGeometry | undefined {
  const stated = isRecord(metadata) ? metadata.propagation : undefined;
  const number = (name: keyof typeof KEYS) => numberIn(metadata, { keys: KEYS[name], findings });
  const energy = number("energyEv");
  const wavelengthM = number("wavelengthM") ?? (energy && wavelengthOfEv(energy));
  const [distanceM, focusDistanceM] = [number("distanceM"), number("focusDistanceM")];
  const magnification = focusDistanceM && distanceM ? 1 + distanceM / focusDistanceM : 1;
  const detectorPixelM = number("detectorPixelM") ?? (pixelSizeM && pixelSizeM * magnification);
  const near = statedNear(stated, magnification, findings);
  if (!wavelengthM || !distanceM || !detectorPixelM || !size) {
    if (near && near !== "far") {
      findings.problem(
        "_metadata",
        `a near field (propagation ${String(stated)}) without all of its lengths`,
        "wavelength_m or energy_ev, detector_distance_m, and detector_pixel_m or pixel_size_m",
        "give the lengths in metres, or propagation far",
      );
    }
    return undefined;
  }
  const lengths = { wavelengthM, distanceM, detectorPixelM, ...(focusDistanceM ? { focusDistanceM } : {}) };
  const farPixel = wavelengthM * distanceM / (size * detectorPixelM);
  const isFar = pixelSizeM === undefined || same(pixelSizeM, farPixel) ||
    !same(pixelSizeM, detectorPixelM / magnification);
  const propagation = near ?? (isFar ? "far" : nearOf(magnification));
  const geometry = { propagation, ...lengths };
  if (propagation !== "far") checkSampling(geometry, size, findings);
  return geometry;
}

const same = (a: number, b: number) => Math.abs(a / b - 1) < SAME_PIXEL;

/** A diverging beam is paraxial: its near field is Fresnel's. */
const nearOf = (magnification: number): Propagation => magnification > 1 ? "fresnel" : "angular-spectrum";

function statedNear(stated: unknown, magnification: number, findings: Findings): Propagation | undefined {
  if (stated === undefined || stated === null) return undefined;
  if (stated === "near") return nearOf(magnification);
  const known = PROPAGATIONS.find((name) => name === stated);
  if (!known) findings.note(`propagation ${String(stated)} is not known: the lengths decide`);
  return known;
}

function checkSampling(geometry: ScanGeometry, side: number, findings: Findings): void {
  const { wavelengthM } = geometry;
  const { distanceM, pixelSizeM } = nearFieldLengths(geometry);
  const longest = longestNearFieldM({ side, wavelengthM, pixelSizeM });
  if (distanceM <= longest) return;
  findings.problem(
    "_metadata",
    `a near field at ${Number(distanceM.toPrecision(4))} m`,
    `at most N pixel^2 / wavelength = ${Number(longest.toPrecision(4))} m, where it is sampled`,
    "check the lengths, or give propagation far",
  );
}

/** A positive number under one of its names; one that is none is noted and left aside. */
function numberIn(
  metadata: unknown,
  { keys, findings }: { readonly keys: readonly string[]; readonly findings: Findings },
): number | undefined {
  if (!isRecord(metadata)) return undefined;
  const key = keys.find((name) => metadata[name] !== undefined && metadata[name] !== null);
  if (key === undefined) return undefined;
  const value = metadata[key];
  if (typeof value === "number" && value > 0 && Number.isFinite(value)) return value;
  findings.note(`_metadata: ${key} left aside: found ${String(value)}, expected a positive number`);
  return undefined;
}
