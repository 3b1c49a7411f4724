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
import type { GivenParts } from "./given_parts.ts";
import { disturbPositions, scanPath } from "./scan_paths.ts";

/** Pixels of object beyond the patches at the rim. */
const MARGIN = 2;
/** Longest side of an object: four gigabytes while it is drawn. */
const MAX_SIDE = 8192;

/** Positions on an object. */
export interface PlacedScan {
  /** True positions of the patches. */
  readonly truePositions: PositionsPx;
  /** Positions that the stage reports. */
  readonly positions: PositionsPx;
  /** Side of the object. */
  readonly objectSide: number;
  /** Mean distance of positions in pixels. */
  readonly stepPx: number;
}

/**
 * Positions, and an object of the size they need. Positions from a file keep their place on an object from a file; all
 * others are centred. Throws `OptionError` for settings that do not fit.
 */
export function placeScan(
  settings: SimulationConfig,
  { probe, object, positions: given }: GivenParts & { readonly probe: Float64Array },
): PlacedScan {
  const { objectSize, positionError: rms, seed, size } = settings;
  const { positions: around, stepPx } = given
    ? { positions: given, stepPx: meanStep(given) }
    : pathPositions(settings, probe);
  const [x, y] = [extent(around.x), extent(around.y)];
  const needed = Math.ceil(Math.max(x.high - x.low, y.high - y.low)) + size + 2 * MARGIN;
  refuseTooLarge(settings, { stepPx, needed });
  const sides = object ?? { height: objectSize ?? needed, width: objectSize ?? needed };
  const inPlace = object !== undefined && given !== undefined;
  if (!inPlace && Math.min(sides.height, sides.width) < needed) {
    throw new OptionError({
      option: object ? "objectFile" : "objectSize",
      found: object ? `an object of ${object.height} x ${object.width} pixels` : `${objectSize}`,
      expected: `at least ${needed}, the scan and the patches around it`,
      remedy: `${object ? "name a larger one" : "raise it"}, or lower the step or the number of positions`,
    });
  }
  const moved = (values: Float64Array, by: number) => values.map((v) => v + by);
  const truePositions = inPlace ? { x: moved(around.x, -object.x0), y: moved(around.y, -object.y0) } : {
    x: moved(around.x, (sides.width - x.low - x.high) / 2),
    y: moved(around.y, (sides.height - y.low - y.high) / 2),
  };
  if (inPlace) refuseBeyond(truePositions, object);
  const positions = rms === 0 ? truePositions : disturbPositions(truePositions, { rms, seed });
  return { truePositions, positions, objectSide: Math.max(sides.height, sides.width), stepPx };
}

/** Distance of positions that are spread evenly over their area. */
function meanStep({ x, y }: PositionsPx): number {
  const [across, down] = [extent(x), extent(y)];
  return Math.sqrt((across.high - across.low) * (down.high - down.low) / x.length);
}

/** Every position lies on the object; a patch at its rim may reach over it, where nothing lets light through. */
function refuseBeyond({ x, y }: PositionsPx, { height, width }: PlacedImage): void {
  const [across, down] = [extent(x), extent(y)];
  if (Math.min(across.low, down.low) >= 0 && across.high <= width && down.high <= height) return;
  const range = ({ low, high }: { low: number; high: number }) => `${low.toFixed(1)} to ${high.toFixed(1)}`;
  throw new OptionError({
    option: "scanFile",
    found: `positions at ${range(across)} in x and ${range(down)} in y`,
    expected: `positions on the object of ${height} x ${width} pixels`,
    remedy: "name the object that these positions belong to",
  });
}

/** Positions of a path around the origin. */
function pathPositions(
  settings: SimulationConfig,
  probe: Float64Array,
): { readonly positions: PositionsPx; readonly stepPx: number } {
  const { scan: path, positions: count, size, jitter, seed } = settings;
  const stepPx = stepOf(settings, probe);
  refuseTooLarge(settings, { stepPx, needed: Math.ceil(stepPx * (Math.sqrt(count) - 1)) + size });
  if (path === "file") throw new TypeError("the positions of scanFile were not read");
  const positions = scanPath({
    path,
    positions: count,
    step: stepPx,
    seed,
    ...(jitter === null ? {} : { jitter }),
  });
  return { positions, stepPx };
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

/**
 * Makes the object, its first pixel at (0, 0): that of a file, or a square of `side`. Throws `OptionError`, and
 * `DataError` for a picture that cannot be read.
 */
export async function makeObject(
  settings: SimulationConfig,
  { given, side }: { readonly given: PlacedImage | undefined; readonly side: number },
): Promise<PlacedImage> {
  if (given) return { ...given, x0: 0, y0: 0 };
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
  const kinds: Readonly<
    Record<Exclude<SimulationConfig["object"], "file">, () => DrawnObject | Promise<DrawnObject>>
  > = {
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
  if (settings.object === "file") throw new TypeError("the object of objectFile was not read");
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
