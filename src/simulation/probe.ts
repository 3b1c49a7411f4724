/**
 * The probe that simulation settings ask for.
 *
 * @module
 */
import type { SimulationConfig } from "../config/mod.ts";
import { OptionError } from "../common/mod.ts";
import {
  type Aberration,
  diskProbe,
  gaussianProbe,
  lensProbe,
  probeModes,
  propagateProbe,
  zonePlateProbe,
} from "../physics/mod.ts";

import { readProbeFile } from "./probe_file.ts";

import type { Geometry } from "./geometry.ts";

/** Default part of the pattern's side that a lens lights. */
const LIT = 1 / 3;
/** Default width of the outermost zone in object pixels. */
const ZONE_PIXELS = 2.5;

/** (P, N, N) interleaved, of any brightness. Throws `OptionError` for settings that make no probe. */
export async function makeProbe(
  settings: SimulationConfig,
  { geometry, signal }: { readonly geometry: Geometry; readonly signal?: AbortSignal },
): Promise<Float64Array> {
  const { modes, modeKind: kind, modeDecay: decay, seed, size: side } = settings;
  const one = settings.probe === "file"
    ? await probeOfFile(settings, signal)
    : { modes: 1, data: drawnProbe(settings, geometry) };
  if (modes === null || modes === one.modes) return one.data;
  if (one.modes > 1) {
    throw new OptionError({
      option: "modes",
      found: `${modes}`,
      expected: `${one.modes}, the modes in the file`,
      remedy: "leave it out, or name a file with one mode",
    });
  }
  try {
    return probeModes(one.data, { side, modes, kind, decay, seed });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new OptionError({ option: "modes", found: `${modes}`, expected: "fewer", remedy: error.message });
  }
}

async function probeOfFile({ probeFile, probeFileKey, size: side }: SimulationConfig, signal?: AbortSignal) {
  if (probeFile === null) {
    throw new OptionError({
      option: "probeFile",
      found: "none",
      expected: "an NPZ with a probe",
      remedy: "name the file, or choose another kind of probe",
    });
  }
  return await readProbeFile(probeFile, {
    side,
    signal,
    ...(probeFileKey === null ? {} : { key: probeFileKey }),
  });
}

function drawnProbe(settings: SimulationConfig, geometry: Geometry): Float64Array {
  const { size: side, probe, probeRadius } = settings;
  if (probe === "zone-plate" || probe === "zernike") return lens(settings, geometry);
  const flat = probe === "disk"
    ? diskProbe({ side, photons: 1, radius: radiusWithin(probeRadius ?? 14 / 64 * side, side) })
    : gaussianProbe({ side, photons: 1, sigma: radiusWithin(probeRadius ?? 9 / 64 * side, side) });
  const distanceM = settings.defocus ?? 0;
  const { wavelengthM, pixelSizeM } = geometry;
  return distanceM === 0 ? flat : propagateProbe(flat, { side, wavelengthM, pixelSizeM, distanceM });
}

function radiusWithin(radius: number, side: number): number {
  if (radius <= side / 2) return radius;
  throw new OptionError({
    option: "probeRadius",
    found: `${radius} pixels`,
    expected: `at most ${side / 2}, half of the pattern's side`,
    remedy: "lower it, or raise size",
  });
}

function lens(settings: SimulationConfig, { wavelengthM, pixelSizeM }: Geometry): Float64Array {
  const { size: side, zonePlateDiameter: diameterM, centralStop: centralStopM } = settings;
  const outermostZoneM = settings.outermostZone ?? ZONE_PIXELS * pixelSizeM;
  if (outermostZoneM < pixelSizeM) {
    throw new OptionError({
      option: "outermostZone",
      found: `${outermostZoneM} m`,
      expected: `at least one object pixel, ${pixelSizeM} m`,
      remedy: "widen the zone, or make the object pixel smaller",
    });
  }
  // behind the focus the beam is as wide as defocus * diameter / focal length = defocus * wavelength / zone
  const widest = side * pixelSizeM * outermostZoneM / wavelengthM;
  const defocusM = settings.defocus ?? LIT * widest;
  if (Math.abs(defocusM) > widest) {
    throw new OptionError({
      option: "defocus",
      found: `${defocusM} m`,
      expected: `at most ${Number(widest.toPrecision(4))} m, where the beam is as wide as the pattern`,
      remedy: "lower it, or raise size",
    });
  }
  const aberrations = parseAberrations(settings.aberrations);
  const common = { side, photons: 1, wavelengthM, pixelSizeM, defocusM, aberrations };
  if (settings.probe === "zernike") return lensProbe({ ...common, halfPeriodM: outermostZoneM });
  if (centralStopM >= diameterM) {
    throw new OptionError({
      option: "centralStop",
      found: `${centralStopM} m`,
      expected: `less than the diameter of the zone plate, ${diameterM} m`,
      remedy: "make the stop smaller",
    });
  }
  return zonePlateProbe({ ...common, diameterM, outermostZoneM, centralStopM });
}

/** `5:0.4,7:-0.3` to aberrations. Throws `OptionError`. */
function parseAberrations(text: string | null): Aberration[] {
  if (text === null) return [];
  return text.split(",").map((term) => {
    const match = /^\s*(\d+)\s*:\s*(\S+)\s*$/.exec(term);
    const noll = Number(match?.[1]), radians = Number(match?.[2]);
    if (match && noll >= 1 && noll <= 105 && Number.isFinite(radians)) return { noll, radians };
    throw new OptionError({
      option: "aberrations",
      found: term.trim() || "nothing",
      expected: "NOLL:RADIANS with a Noll index from 1 to 105, such as 5:0.4",
      remedy: "separate several by commas",
    });
  });
}
