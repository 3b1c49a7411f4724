/**
 * A simulated experiment before its patterns: object, probe, positions and detector, all checked.
 *
 * @module
 */
import { type Logger, OptionError, silentLogger } from "../common/mod.ts";
import { type ConfigInput, refuseUnknown, resolvedConfig, type SimulationConfig } from "../config/mod.ts";

import { Detector } from "./detector.ts";
import type { PlacedImage, PositionsPx } from "../numeric/mod.ts";
import { samplePatch, scaleToPhotons } from "../physics/mod.ts";

import { completeGeometry, type Geometry } from "./geometry.ts";
import { readGivenParts } from "./given_parts.ts";
import { makeObject, placeScan } from "./object.ts";
import { makeProbe } from "./probe.ts";

/** An experiment ready to run. */
export interface SimulationPlan {
  readonly settings: SimulationConfig;
  readonly geometry: Geometry;
  /** The true object. */
  readonly object: PlacedImage;
  /** True positions of the patches; `positions` are those that the stage reports. */
  readonly truePositions: PositionsPx;
  readonly positions: PositionsPx;
  /** Mean distance of positions in pixels. */
  readonly stepPx: number;
  /** The true probe (P, N, N), interleaved, scaled so that a pattern has one photon in the mean. */
  readonly probe: Float64Array;
  /** Photons of a pattern, one for each file. */
  readonly doses: readonly number[];
}

/** Options of {@linkcode planSimulation}. */
export interface PlanSimulationOptions {
  /** Settings, of which those of `simulation` count. Default: the defaults. */
  readonly config?: ConfigInput;
  readonly logger?: Logger;
  readonly signal?: AbortSignal;
}

/**
 * Draws object and probe, places the positions, and checks every setting. Settings that are left out have their
 * defaults; see `docs/reference.md`. Throws `OptionError` for an unknown option and for settings that cannot work together,
 * `ConfigError` for values out of range, and `DataError` for a picture or probe file that cannot be used.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const plan = await planSimulation({
 *   config: { simulation: { object: "siemens-star", scan: "fermat", positions: 30, step: 5 } },
 * });
 * assert.equal(plan.positions.x.length, 30);
 * assert.equal(plan.object.height, plan.object.width);
 * ```
 */
export async function planSimulation(
  options: PlanSimulationOptions = {},
): Promise<SimulationPlan> {
  refuseUnknown(options, ["config", "logger", "signal"], "planSimulation");
  const { logger = silentLogger, signal } = options;
  const full = resolvedConfig(options.config, logger).values.simulation;
  checkTogether(full);
  const doses = parseDoses(full.dose);
  const geometry = completeGeometry(full);
  openDetector(full, { dose: doses[0] }); // throws for a detector without a pixel
  const drawn = await makeProbe(full, { geometry, signal });
  noteLostLight(drawn, full, logger);
  const given = await readGivenParts(full, signal);
  const { objectSide, ...placed } = placeScan(full, { probe: drawn, ...given });
  refuseNoHalves(full, placed.positions.x.length);
  signal?.throwIfAborted();
  const object = await makeObject(full, { given: given.object, side: objectSide });
  if (given.object && given.positions) {
    noteOverhang(object, placed.truePositions, { size: full.size, logger });
  }
  signal?.throwIfAborted();
  const meanCounts = meanTransmitted({ object, probe: drawn, side: full.size }, placed.truePositions, signal);
  if (!(meanCounts > 0)) {
    throw new OptionError({
      option: "amplitudeMax",
      found: "an object that lets no light through",
      expected: "an amplitude above 0",
      remedy: "raise it",
    });
  }
  const total = drawn.reduce((sum, v) => sum + v * v, 0);
  return {
    settings: full,
    geometry,
    object,
    ...placed,
    probe: scaleToPhotons(drawn, total / meanCounts),
    doses,
  };
}

function checkTogether(full: SimulationConfig): void {
  if (full.size % 2 !== 0) {
    throw new OptionError({
      option: "size",
      found: `${full.size}`,
      expected: "an even side",
      remedy: "choose one, best a product of small primes",
    });
  }
}

function refuseNoHalves({ split }: SimulationConfig, positions: number): void {
  if (split === "none" || positions >= 2) return;
  throw new OptionError({
    option: "split",
    found: "y with one position",
    expected: "at least two positions",
    remedy: "raise positions or leave split out",
  });
}

/** Patches that reach over the object of a file see nothing there. */
function noteOverhang(
  { height, width }: PlacedImage,
  { x, y }: PositionsPx,
  { size, logger }: { readonly size: number; readonly logger: Logger },
): void {
  // a bilinear patch reaches one pixel further than its side
  const over =
    x.filter((across, i) =>
      Math.min(across, y[i]) < size / 2 || across > width - size / 2 || y[i] > height - size / 2
    ).length;
  if (over === 0) return;
  logger.warn(
    `${over} of ${x.length} patches reach over the rim of the object of ${height} x ${width} pixels, where it is opaque`,
  );
}

/** `1e3,1e4` to numbers. Throws `OptionError`. */
function parseDoses(text: string): number[] {
  const doses = text.split(",").map((word) => {
    const dose = word.trim() === "" ? NaN : Number(word);
    if (dose > 0 && dose <= 1e14) return dose;
    throw new OptionError({
      option: "dose",
      found: word.trim() || "nothing",
      expected: "photons of a pattern, above 0 and up to 1e14",
      remedy: "give one number, or several separated by commas",
    });
  });
  const twice = doses.find((dose, i) => doses.indexOf(dose) !== i);
  if (twice === undefined) return doses;
  throw new OptionError({
    option: "dose",
    found: `${twice} twice`,
    expected: "every dose once",
    remedy: "leave one out",
  });
}

/**
 * Opens the detector of the settings for one dose. Dead pixels are the same for all doses, the noise is not. Throws
 * `OptionError` where no pixel is left.
 */
export function openDetector(settings: SimulationConfig, { dose }: { readonly dose: number }): Detector {
  const { size: side, poisson, readoutNoise, deadPixels, propagation, seed, saturation, bitDepth } = settings;
  const detector = new Detector({
    side,
    poisson,
    readoutNoise,
    deadPixels,
    beamstop: propagation === "far" ? settings.beamstop : 0,
    ...(saturation === null ? {} : { saturation }),
    ...(bitDepth === null ? {} : { bitDepth }),
    seed,
    stream: `dose ${dose}, `,
  });
  if (detector.mask.includes(1)) return detector;
  throw new OptionError({
    option: "beamstop",
    found: `${settings.beamstop} pixels`,
    expected: "a detector with pixels that count",
    remedy: "make it smaller, or lower the part of dead pixels",
  });
}

interface Transmission {
  readonly object: PlacedImage;
  readonly probe: Float64Array;
  readonly side: number;
}

/** Mean over the positions of sum abs(probe * patch)^2: by Parseval what reaches the detector. */
function meanTransmitted(
  { object, probe, side }: Transmission,
  { x, y }: PositionsPx,
  signal?: AbortSignal,
): number {
  const pixels = side * side;
  const weight = new Float64Array(pixels);
  for (let i = 0; i < probe.length / 2; i++) weight[i % pixels] += probe[2 * i] ** 2 + probe[2 * i + 1] ** 2;
  const patch = new Float64Array(2 * pixels);
  let sum = 0;
  for (let k = 0; k < x.length; k++) {
    signal?.throwIfAborted();
    samplePatch(object, { x: x[k], y: y[k], side }, patch);
    for (let i = 0; i < pixels; i++) sum += weight[i] * (patch[2 * i] ** 2 + patch[2 * i + 1] ** 2);
  }
  return sum / x.length;
}

/** Light at the edge of the frame has wrapped around it or is cut off. */
function noteLostLight(probe: Float64Array, { size }: SimulationConfig, logger: Logger): void {
  let [all, edge] = [0, 0];
  for (let i = 0; i < probe.length / 2; i++) {
    const weight = probe[2 * i] ** 2 + probe[2 * i + 1] ** 2;
    const y = Math.floor(i % (size * size) / size), x = i % size;
    all += weight;
    if (Math.min(x, y) < 2 || Math.max(x, y) >= size - 2) edge += weight;
  }
  if (edge <= 0.01 * all) return;
  const share = (100 * edge / all).toPrecision(2);
  logger.warn(
    `${share} % of the probe's light lies at the edge of its frame: it does not fit into ${size} pixels`,
  );
}
