/**
 * The object and the positions that simulation settings ask for.
 *
 * @module
 */
import type { SimulationConfig } from "../config/mod.ts";
import { OptionError } from "../common/mod.ts";
import type { PlacedImage, PositionsPx } from "../numeric/mod.ts";
import {
  cells,
  circuit,
  deadLeaves,
  diatom,
  type DrawnObject,
  lines,
  pictureObject,
  randomField,
  readPicture,
  siemensStar,
  textObject,
} from "./objects/objects.ts";
import { probeExtent } from "../physics/mod.ts";
import { disturbPositions, scanPath } from "./scan_paths.ts";

/** Pixels of object beyond the patches at the rim. */
const MARGIN = 2;
/** Longest side of an object: four gigabytes while it is drawn. */
const MAX_SIDE = 8192;

/** Positions on an object. */
export interface PlacedScan {
  /** Where the patches are. */
  readonly truePositions: PositionsPx;
  /** What the stage says. */
  readonly positions: PositionsPx;
  /** Side of the object. */
  readonly objectSide: number;
  /** Mean distance of positions in pixels. */
  readonly stepPx: number;
}

/** Positions, and an object of the size they need. Throws `OptionError` for settings that do not fit. */
export function placeScan(settings: SimulationConfig, probe: Float64Array): PlacedScan {
  const { scan: path, positions: count, size, jitter, seed, objectSize, positionError: rms } = settings;
  const stepPx = stepOf(settings, probe);
  refuseTooLarge(settings, { stepPx, needed: Math.ceil(stepPx * (Math.sqrt(count) - 1)) + size });
  const around = scanPath({
    path,
    positions: count,
    step: stepPx,
    seed,
    ...(jitter === null ? {} : { jitter }),
  });
  const [x, y] = [extent(around.x), extent(around.y)];
  const needed = Math.ceil(Math.max(x.high - x.low, y.high - y.low)) + size + 2 * MARGIN;
  refuseTooLarge(settings, { stepPx, needed });
  if (objectSize !== null && objectSize < needed) {
    throw new OptionError({
      option: "objectSize",
      found: `${objectSize}`,
      expected: `at least ${needed}, the scan and the patches around it`,
      remedy: "raise it, or lower the step or the number of positions",
    });
  }
  const objectSide = objectSize ?? needed;
  const centred = (values: Float64Array, { low, high }: { low: number; high: number }) =>
    values.map((v) => v + (objectSide - low - high) / 2);
  const truePositions = { x: centred(around.x, x), y: centred(around.y, y) };
  const positions = rms === 0 ? truePositions : disturbPositions(truePositions, { rms, seed });
  return { truePositions, positions, objectSide, stepPx };
}

/** Before any memory is taken, by the density of the path, and again by its true extent. */
function refuseTooLarge(
  { positions }: SimulationConfig,
  { stepPx, needed }: { stepPx: number; needed: number },
): void {
  if (needed <= MAX_SIDE) return;
  throw new OptionError({
    option: "positions",
    found: `${positions} at a distance of ${
      Number(stepPx.toPrecision(3))
    } pixels, an object of ${needed} pixels`,
    expected: `at most ${MAX_SIDE} pixels`,
    remedy: "lower the step or the number of positions",
  });
}

function stepOf({ step, overlap, size: side }: SimulationConfig, probe: Float64Array): number {
  if (step !== null && overlap !== null) {
    throw new OptionError({
      option: "overlap",
      found: `${overlap} besides a step of ${step} pixels`,
      expected: "one of the two",
      remedy: "leave one out",
    });
  }
  return step ?? 2 * probeExtent(probe, { side }).radius * (1 - (overlap ?? 0.75));
}

function extent(values: Float64Array): { low: number; high: number } {
  let [low, high] = [Infinity, -Infinity];
  for (const v of values) [low, high] = [Math.min(low, v), Math.max(high, v)];
  return { low, high };
}

/** The object, its first pixel at (0, 0). Throws `OptionError`, and `DataError` for a picture that cannot be read. */
export async function makeObject(settings: SimulationConfig, side: number): Promise<PlacedImage> {
  const { amplitudeMin, amplitudeMax, phaseMin, phaseMax, featureSize, seed } = settings;
  checkRange("amplitudeMin", amplitudeMin, amplitudeMax);
  checkRange("phaseMin", phaseMin, phaseMax);
  const options = {
    height: side,
    width: side,
    amplitude: [amplitudeMin, amplitudeMax] as const,
    phase: [phaseMin, phaseMax] as const,
    seed,
    ...(featureSize === null ? {} : { featureSize }),
  };
  const kinds: Readonly<Record<SimulationConfig["object"], () => DrawnObject | Promise<DrawnObject>>> = {
    "dead-leaves": () => deadLeaves(options),
    "siemens-star": () => siemensStar(options),
    lines: () => lines(options),
    "random-field": () => randomField(options),
    cells: () => cells(options),
    circuit: () => circuit(options),
    text: () => textObject({ ...options, text: settings.text }),
    diatom: () => diatom(options),
    image: async () => pictureObject({ ...options, ...await picturesOf(settings) }),
  };
  const { height, width, data } = await kinds[settings.object]();
  return { height, width, data: Float32Array.from(data), x0: 0, y0: 0 };
}

async function picturesOf({ objectFile, phaseFile }: SimulationConfig) {
  if (objectFile === null) {
    throw new OptionError({
      option: "objectFile",
      found: "none",
      expected: "a PNG picture",
      remedy: "name the file, or choose another object",
    });
  }
  const amplitudePicture = await readPicture(objectFile);
  return phaseFile === null
    ? { amplitudePicture }
    : { amplitudePicture, phasePicture: await readPicture(phaseFile) };
}

function checkRange(option: "amplitudeMin" | "phaseMin", low: number, high: number): void {
  if (low <= high) return;
  throw new OptionError({
    option,
    found: `${low}`,
    expected: `at most ${high}, the highest`,
    remedy: "lower it or raise the other end",
  });
}
