/**
 * How a call says that a scan is to be read: flags of text into lengths, energies and descriptions.
 *
 * @module
 */
import { ConfigError } from "../../common/mod.ts";
import type { Config } from "../../config/mod.ts";
import {
  energyIn,
  lengthIn,
  type OpenScanOptions,
  probeSourceOf,
  wavelengthOfElectrons,
  wavelengthOfEv,
} from "../../scan/mod.ts";

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
  "data.swapXy",
  "data.flipX",
  "data.flipY",
  "data.probeFrom",
] as const;

/** Returns the options of opening a scan. Throws `ConfigError` for a text that is no length, energy or centre. */
export function readingOptions(data: Config["data"]): OpenScanOptions {
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
    ...(probeFrom === null ? {} : { probeFrom: probeSourceOf(probeFrom) }),
    reading: {
      dataPath: data.dataPath ?? undefined,
      positionsPath: data.positionsPath ?? undefined,
      positionsUnit,
      wavelengthM: wavelengthOf(data.energy),
      distanceM: length("distance", data.distance),
      detectorPixelM: length("detector-pixel", data.detectorPixel),
      centre: centreOf(data.centre),
      patternSize: patternSizeOf(data.patternSize),
      ...(orientation ? { orientation } : {}),
      ...(swapXy ? { swapXy } : {}),
      ...(flipX ? { flipX } : {}),
      ...(flipY ? { flipY } : {}),
    },
  };
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
  throw new ConfigError(`--centre: found ${text}, expected ROW,COLUMN, such as 514.5,1030`);
}

function patternSizeOf(size: number | null): number | undefined {
  if (size === null || size % 2 === 0) return size ?? undefined;
  throw new ConfigError(`--pattern-size: found ${size}, expected an even side`);
}
