/**
 * Initial state of a solver: a transparent object, a guess, or an earlier result.
 *
 * @module
 */
import type { PositionsPx } from "../numeric/mod.ts";
import type { Probe } from "../scan/mod.ts";
import type { Frame } from "./model/frame.ts";

/** Report of an epoch. */
export interface SolverEpoch {
  /** From 1; goes on from the epochs of an earlier result. */
  readonly epoch: number;
  /** Mean over patterns and pixels of (sqrt(I) - sqrt(I_meas))^2, before each update. */
  readonly error: number;
  /** The same over the mean of I_meas: the relative error of the amplitude, squared. */
  readonly relativeError: number;
  readonly seconds: number;
  /** `error` of the patterns that are left out, after the updates, where there are any. */
  readonly leftOutError?: number;
}

/** Initial state; absent parts are taken from the scan. */
export interface InitialState {
  /** Object (height, width), interleaved; pixel (r, c) lies at y = r + y0, x = c + x0. */
  readonly object?: {
    readonly height: number;
    readonly width: number;
    readonly data: ArrayLike<number>;
    readonly x0: number;
    readonly y0: number;
  };
  readonly probe?: Probe;
  /** Positions of all patterns of the scan, in its order. */
  readonly positionsPx?: PositionsPx;
  /** Epochs that led here: the loss curve goes on from them. */
  readonly epochs?: readonly SolverEpoch[];
  /**
   * Illumination as the run had it that is gone on with, on the canvas of `object`: rules and constraints compute it now
   * and then only, and what continues a run must not compute it at another time.
   */
  readonly illumination?: Float32Array;
  /** Momenta that an earlier run of the same rule ended with. */
  readonly memory?: ReadonlyMap<string, Float32Array>;
}

/** Returns the object on a canvas: what the start does not cover is transparent. */
export function objectOn(frame: Frame, object: InitialState["object"]): Float32Array {
  const out = new Float32Array(2 * frame.height * frame.width);
  for (let i = 0; i < out.length; i += 2) out[i] = 1;
  if (object) place(out, { frame, image: object });
  return out;
}

/**
 * Returns the momenta of an earlier run; those on the object's canvas move with it, and are 0 where it did not reach.
 */
export function memoryOn(
  frame: Frame,
  { object, memory = new Map() }: InitialState,
): Map<string, Float32Array> {
  return new Map(
    [...memory].map(([name, values]) => {
      if (!name.startsWith("object") || !object) return [name, values];
      const out = new Float32Array(2 * frame.height * frame.width);
      place(out, { frame, image: { ...object, data: values } });
      return [name, out];
    }),
  );
}

/** Copies an image to where it lies on the canvas. */
function place(
  out: Float32Array,
  { frame, image }: { readonly frame: Frame; readonly image: NonNullable<InitialState["object"]> },
): void {
  const [dx, dy] = [Math.round(frame.x0 - image.x0), Math.round(frame.y0 - image.y0)];
  for (let r = 0; r < frame.height; r++) {
    const row = r + dy;
    if (row < 0 || row >= image.height) continue;
    for (let c = 0; c < frame.width; c++) {
      const column = c + dx;
      if (column < 0 || column >= image.width) continue;
      const from = 2 * (row * image.width + column), to = 2 * (r * frame.width + c);
      const [re, im] = [image.data[from], image.data[from + 1]];
      // a masked pixel of an image holds nothing
      if (!Number.isFinite(re + im) || (re === 0 && im === 0)) continue;
      [out[to], out[to + 1]] = [re, im];
    }
  }
}
