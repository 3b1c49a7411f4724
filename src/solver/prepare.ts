/**
 * Prepares a run before it is put on a device: sizes, batches, initial state.
 *
 * @module
 */
import type { SolverConfig } from "../config/mod.ts";
import type { AnyDevice } from "../engine/mod.ts";
import { OptionError } from "../common/mod.ts";
import { Random, rollImage } from "../numeric/mod.ts";
import type { Probe, Scan, ScanGeometry } from "../scan/mod.ts";
import { Batches } from "./batches/batches.ts";
import { nearFieldLengths, nearFieldTransfer, photonsOf, scaleToPhotons, withModes } from "../physics/mod.ts";
import { type Frame, frameOf } from "./model/frame.ts";
import { type InitialState, memoryOn, objectOn } from "./initial.ts";
import { divide } from "./batches/left_out.ts";
import { PatternTable } from "./patterns.ts";
import { epochPlan } from "./constraints/plan.ts";
import { PositionCorrection } from "./positions.ts";
import { ruleOf } from "./rules/mod.ts";
import type { Rule } from "./rules/rule.ts";
import type { Sizes } from "./model/trace.ts";

/** A run that is not on a device yet. */
export interface Preparation {
  readonly settings: SolverConfig;
  readonly rule: Rule;
  readonly sizes: Sizes;
  readonly patterns: PatternTable;
  readonly batches: Batches;
  /** Numbers of the patterns that no update uses. */
  readonly leftOut: Int32Array;
  readonly frame: Frame;
  readonly correction: PositionCorrection;
  /** First values of the state, by name. */
  readonly start: ReadonlyMap<string, Float32Array>;
}

/** Options of {@linkcode prepareRun}. */
export interface PrepareOptions {
  readonly settings: SolverConfig;
  readonly device: AnyDevice;
  readonly indices?: Int32Array;
  readonly initial?: InitialState;
  readonly mask?: ArrayLike<number>;
}

/** Patterns of a batch where neither the settings nor the rule say. */
const AUTO_BATCH = 64;
/** Patterns beyond this stay in memory of the host. */
const RESIDENT_BYTES = 2 ** 29;

/** Sizes, batches and start of a run. Throws `OptionError` or `ConfigError` where they do not fit together. */
export function prepareRun(scan: Scan, options: PrepareOptions): Preparation {
  const { settings, initial, mask } = options;
  checkPlans(settings);
  const indices = options.indices ?? Int32Array.from({ length: scan.n }, (_, i) => i);
  if (indices.length === 0) throw noPatterns();
  if (mask && mask.length !== scan.size ** 2) throw wrongMask(mask.length, scan.size);
  const patterns = new PatternTable(scan, indices, initial?.positionsPx);
  const frame = frameOf(patterns.positions, { side: scan.size });
  const rule = ruleOf(settings);
  const { used, leftOut } = divide(patterns.positions, settings, rule);
  const pick = (values: Float64Array) => Float64Array.from(used, (k) => values[k]);
  const usedPositions = { x: pick(patterns.positions.x), y: pick(patterns.positions.y) };
  const batches = new Batches(usedPositions, {
    numbers: used,
    batching: settings.batching,
    size: settings.batchSize ?? rule.autoBatch ?? AUTO_BATCH,
    seed: settings.seed,
    subsets: rule.subsets,
  });
  const probe = initial?.probe ?? scan.probe;
  const modes = settings.probeModes ?? probe.modes;
  const { x, y } = patterns.positions;
  const whole = [x, y].every((axis) => axis.every((value) => Number.isInteger(value)));
  const sizes: Sizes = {
    patterns: patterns.count,
    batch: batches.largest,
    batches: batches.count,
    side: scan.size,
    modes,
    oprModes: settings.oprModes,
    height: frame.height,
    width: frame.width,
    subpixel: !whole || settings.positions,
    masked: mask !== undefined,
    background: settings.background,
    nearField: scan.geometry !== undefined && scan.geometry.propagation !== "far",
    positions: settings.positions,
    resident: patterns.bytes <= Math.min(RESIDENT_BYTES, options.device.info.limits.maxSliceBytes),
  };
  const start = new Map([
    ["object", objectOn(frame, initial?.object)],
    [
      "probe",
      probeOf(probe, { modes, side: scan.size }),
    ],
  ]);
  const memory = initial ? memoryOn(frame, initial) : new Map<string, Float32Array>();
  for (const name of rule.memory ?? []) {
    const values = memory.get(name);
    const length = start.get(name.startsWith("object") ? "object" : "probe")?.length;
    if (values && values.length === length) start.set(name, values);
  }
  if (sizes.nearField && scan.geometry) start.set("transfer", transferOf(scan.geometry, scan.size));
  if (mask) start.set("mask", Float32Array.from(mask, (value) => value === 0 ? 0 : 1));
  if (settings.oprModes > 0) start.set("oprModes", randomModes(settings, scan.size));
  const correction = new PositionCorrection(patterns.positions, patterns.given);
  return {
    settings,
    rule,
    sizes,
    patterns,
    batches,
    leftOut,
    frame,
    correction,
    start,
  };
}

function checkPlans(settings: SolverConfig): void {
  for (const [key, value] of Object.entries(settings)) {
    if (key.endsWith("Epochs") && typeof value === "string") epochPlan(value, key);
  }
}

/** Returns the transfer function of a near field, zero frequency at index 0; empty for a far field. */
export function transferOf(
  { propagation, wavelengthM, ...lengths }: ScanGeometry,
  side: number,
): Float32Array {
  if (propagation === "far") return new Float32Array();
  const transfer = nearFieldTransfer({ side, propagation, wavelengthM, ...nearFieldLengths(lengths) });
  rollImage(transfer, { height: side, width: side, rows: side / 2, columns: side / 2 });
  return Float32Array.from(transfer);
}

/** The probe with as many modes as wanted, of the power that it is given with. */
function probeOf(
  { data, modes: given }: Probe,
  { modes, side }: { modes: number; side: number },
): Float32Array {
  if (given === modes) return Float32Array.from(data);
  const first = data.subarray(0, 2 * Math.min(given, modes) * side * side);
  return Float32Array.from(scaleToPhotons(withModes(data, { side, modes }), photonsOf(first)));
}

/** Modes of the probe's variation begin as noise of unit size. */
function randomModes({ oprModes, seed }: SolverConfig, side: number): Float32Array {
  const random = new Random(seed, "variation of the probe");
  return Float32Array.from({ length: 2 * oprModes * side * side }, () => random.normal() * Math.SQRT1_2);
}

function noPatterns(): OptionError {
  return new OptionError({
    option: "indices",
    found: "no patterns",
    expected: "at least one",
    remedy: "give the numbers of patterns",
  });
}

function wrongMask(found: number, side: number): OptionError {
  return new OptionError({
    option: "mask",
    found: `${found} values`,
    expected: `${side} x ${side}`,
    remedy: "give a map of the detector",
  });
}
