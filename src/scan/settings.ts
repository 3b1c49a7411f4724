/**
 * Settings of reading as options of opening: texts into lengths, energies, ranges and descriptions of probes.
 *
 * @module
 */
import { ConfigError } from "../common/mod.ts";
import type { Config } from "../config/mod.ts";
import { energyIn, lengthIn } from "./reading/lengths.ts";
import { probeSourceOf } from "./reading/probe_source.ts";
import type { OpenScanOptions } from "./types.ts";
import { wavelengthOfElectrons, wavelengthOfEv } from "./wavelength.ts";

/** Settings that commands take besides those of a section, for everything that reads a scan. */
export const READING_SETTINGS = [
  "data.measurement",
  "data.probeKey",
  "data.dataPath",
  "data.positionsPath",
  "data.positionsUnit",
  "data.energy",
  "data.distance",
  "data.detectorPixel",
  "data.centre",
  "data.patternSize",
  "data.orientation",
  "data.patterns",
  "data.zeroAtCorner",
  "data.badPixels",
  "data.bin",
  "data.pad",
  "data.dark",
  "data.flat",
  "data.mask",
  "data.saturation",
  "data.beamStop",
  "data.rotateScan",
  "data.swapXy",
  "data.flipX",
  "data.flipY",
  "data.probeFrom",
] as const;

/** The word of `--probe-from` for a probe that is searched for. */
export const AUTO_PROBE = "auto";

/** The word of `--centre` for the centre of mass of the light. */
const LIGHT = "light";

/** Where a command searches for a probe: where `--probe-from auto` asks for it, or the file has none as well. */
export type FindsProbe = "asked" | "missing";

/** Returns the options of opening a scan. Throws `ConfigError` for a text that is no length, energy or centre. */
export function readingOptions(data: Config["data"], findsProbe?: FindsProbe): OpenScanOptions {
  const { measurement, probeKey, probeFrom, positionsUnit, orientation, swapXy, flipX, flipY } = data;
  const length = (flag: string, text: string | null) => {
    if (text === null) return undefined;
    const value = lengthIn(text);
    if (value !== undefined && value > 0) return value;
    throw new ConfigError(`--${flag}: found ${text}, expected a length with its unit, such as 1.9m or 75um`);
  };
  return {
    measurement,
    probeKey,
    ...probeOptions(probeFrom, findsProbe),
    reading: {
      dataPath: data.dataPath ?? undefined,
      positionsPath: data.positionsPath ?? undefined,
      positionsUnit: positionsUnit ?? undefined,
      wavelengthM: wavelengthOf(data.energy),
      distanceM: length("distance", data.distance),
      detectorPixelM: length("detector-pixel", data.detectorPixel),
      ...(data.centre === LIGHT ? { centreOfLight: true } : { centre: centreOf(data.centre) }),
      patternSize: patternSizeOf(data.patternSize),
      ...(orientation ? { orientation } : {}),
      ...(data.patterns === null ? {} : { patterns: rangeOf(data.patterns) }),
      ...(data.zeroAtCorner ? { zeroAtCorner: true } : {}),
      ...(data.badPixels === null ? {} : { badPixels: pixelsOf(data.badPixels) }),
      ...(data.bin > 1 ? { bin: data.bin } : {}),
      ...(data.pad ? { pad: true } : {}),
      ...(data.dark === null ? {} : { dark: isNumber(data.dark) ? Number(data.dark) : data.dark }),
      flat: data.flat ?? undefined,
      mask: data.mask ?? undefined,
      saturation: data.saturation ?? undefined,
      beamStopPx: data.beamStop ?? undefined,
      ...(swapXy ? { swapXy } : {}),
      ...(flipX ? { flipX } : {}),
      ...(flipY ? { flipY } : {}),
      ...(data.rotateScan === 0 ? {} : { rotationDeg: data.rotateScan }),
    },
  };
}

/** What a searched probe begins with, and what stands in its place until then. */
const MEAN_PATTERN = { kind: "mean-pattern" } as const;

function probeOptions(
  probeFrom: string | null,
  findsProbe: FindsProbe | undefined,
): Pick<OpenScanOptions, "probeFrom" | "probeElse"> {
  if (probeFrom === null) return findsProbe === "missing" ? { probeElse: MEAN_PATTERN } : {};
  if (probeFrom !== AUTO_PROBE) return { probeFrom: probeSourceOf(probeFrom) };
  if (findsProbe) return { probeFrom: MEAN_PATTERN };
  throw new ConfigError(
    "--probe-from: found auto, expected a probe or a file: plica reconstruct and plica run search for a probe; " +
      "give the result of one of them",
  );
}

function wavelengthOf(text: string | null): number | undefined {
  if (text === null) return undefined;
  const energy = energyIn(text);
  if (!energy || !(energy.ev > 0)) {
    throw new ConfigError(
      `--energy: found ${text}, expected an energy with its unit, such as 8.8keV, or 300kV of electrons`,
    );
  }
  return energy.electrons ? wavelengthOfElectrons(energy.ev) : wavelengthOfEv(energy.ev);
}

function centreOf(text: string | null): [number, number] | undefined {
  if (text === null) return undefined;
  const [row, column, ...rest] = text.split(",").map(Number);
  if (rest.length === 0 && Number.isFinite(row) && Number.isFinite(column)) return [row, column];
  throw new ConfigError(`--centre: found ${text}, expected ROW,COLUMN, such as 514.5,1030, or ${LIGHT}`);
}

const isNumber = (text: string): boolean => text.trim() !== "" && Number.isFinite(Number(text));

function pixelsOf(text: string): [number, number][] {
  return text.trim().split(/\s+/).map((pixel) => {
    const [row, column, ...rest] = pixel.split(",").map(Number);
    if (rest.length === 0 && Number.isInteger(row) && Number.isInteger(column)) return [row, column];
    throw new ConfigError(`--bad-pixels: found ${pixel}, expected ROW,COLUMN, several with blanks between`);
  });
}

function rangeOf(text: string) {
  const [, start = "", stop = "", step = ""] = /^(\d*):(\d*)(?::(\d*))?$/.exec(text.trim()) ?? [];
  const range = {
    start: Number(start),
    stop: stop === "" ? Infinity : Number(stop),
    step: Number(step || 1),
  };
  if (text.includes(":") && (start || stop || step) && range.step > 0) return range;
  throw new ConfigError(`--patterns: found ${text}, expected START:STOP:STEP, such as 0:1000 or ::4`);
}

function patternSizeOf(size: number | null): number | undefined {
  if (size === null || size % 2 === 0) return size ?? undefined;
  throw new ConfigError(`--pattern-size: found ${size}, expected an even side`);
}
