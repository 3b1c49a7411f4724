/**
 * Patterns that no image is made from: they tell which of several images explains the measurement best.
 *
 * @module
 */
import type { AnyDevice } from "../../engine/mod.ts";
import { Random } from "../../numeric/mod.ts";
import { coveringSubsets, evaluateMisfit, type InitialState } from "../../solver/mod.ts";
import type { Probe, Scan } from "../../scan/mod.ts";

/** One pattern of so many is held out, where there are twice as many. */
const ONE_OF = 16;

/** Numbers of the patterns that images are made from, and of those that judge them. */
export interface HeldOut {
  readonly used: Int32Array;
  /** The used ones themselves where the scan is too small to spare any. */
  readonly judges: Int32Array;
}

/** Holds out patterns that are spread over the scan. */
export function holdOut(
  { positionsPx: { x, y } }: Pick<Scan, "positionsPx">,
  indices: Int32Array,
): HeldOut {
  if (indices.length < 2 * ONE_OF) return { used: indices, judges: indices };
  const at = (axis: Float64Array) => Float64Array.from(indices, (index) => axis[index]);
  const random = new Random(0, "held out");
  const [places] = coveringSubsets({ x: at(x), y: at(y) }, { count: ONE_OF, random });
  const out = new Set(places);
  return {
    used: indices.filter((_, place) => !out.has(place)),
    judges: Int32Array.from(out, (p) => indices[p]).sort(),
  };
}

/** What held-out patterns say of an object. */
export interface Judgement {
  /** Mean Poisson deviance of a pixel of the detector. */
  readonly deviance: number;
  /** Factor on the object that gives the patterns their photons; the deviance is with it. */
  readonly factor: number;
}

/** Judges an object; absent, one that is the same everywhere. */
export type Judge = (object?: InitialState["object"]) => Promise<Judgement>;

/** Judges objects with one probe. */
export function openJudge(
  scan: Scan,
  { device, judges, probe, signal }: {
    readonly device: AnyDevice;
    readonly judges: Int32Array;
    readonly probe: Probe;
    readonly signal?: AbortSignal;
  },
): Judge {
  const common = { device, indices: judges, signal };
  return async (object) => {
    const state = object ? { object } : {};
    const { modelled, measured } = await evaluateMisfit(scan, { ...common, state: { ...state, probe } });
    const factor = modelled > 0 ? Math.sqrt(measured / modelled) : 1;
    const scaled = { ...probe, data: probe.data.map((value) => value * factor) };
    const { deviance } = await evaluateMisfit(scan, { ...common, state: { ...state, probe: scaled } });
    return { deviance, factor };
  };
}
