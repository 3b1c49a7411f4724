/**
 * The probe and the first guess of the object, read and checked.
 *
 * @module
 */
import { describeShape } from "../../common/mod.ts";
import { countOf, type NpyArray, type Npz, toFloat32 } from "../../formats/mod.ts";

import type { Findings } from "./contract.ts";
import type { Probe, ScanObject } from "../types.ts";

/**
 * Reads the probe under `key`; `undefined` with a problem in `findings` where it does not fit. `size`: N if known.
 */
export async function readProbe(
  npz: Npz,
  findings: Findings,
  { key, size }: { key: string; size: number | undefined },
): Promise<Probe | undefined> {
  const entry = await findings.attempt(() => Promise.resolve(npz.entry(key)));
  if (!entry) return undefined;
  const { shape, dtype } = entry;
  const expected = size === undefined ? "[N, N] or [P, N, N]" : `[${size}, ${size}] or [P, ${size}, ${size}]`;
  const [height, width] = shape.slice(-2);
  const isFlat = shape.length < 2 || shape.length > 3 || shape.includes(0);
  if (isFlat || height !== width || (size !== undefined && height !== size)) {
    const remedy = "give a probe on the grid of the patterns";
    findings.problem(key, `shape ${describeShape(shape)}`, expected, remedy);
    return undefined;
  }
  const array = await findings.attempt(() => npz.readArray(key));
  if (!array) return undefined;
  const data = complexValues(array);
  if (!data) {
    findings.problem(key, `dtype ${dtype}`, "complex64", "save the complex probe");
    return undefined;
  }
  if (!dtype.startsWith("complex")) findings.note(`${key}: ${dtype} taken as a probe without phase`);
  else if (dtype !== "complex64") findings.note(`${key}: ${dtype} converted to complex64`);
  return checkProbeValues(data, key, findings)
    ? { modes: shape.length === 3 ? shape[0] : 1, size: height, data }
    : undefined;
}

function checkProbeValues(data: Float32Array, key: string, findings: Findings): boolean {
  let power = 0;
  for (let i = 0; i < data.length; i++) {
    if (!Number.isFinite(data[i])) {
      findings.problem(key, `${data[i]} at element ${i >> 1}`, "finite values", "repair the probe");
      return false;
    }
    power += data[i] ** 2;
  }
  if (power > 0) return true;
  findings.problem(key, "zeros only", "a probe with light in it", "give a first guess of the probe");
  return false;
}

/** `objectGuess`, where there is one that is an image; with a note where it is something else. */
export async function readObjectGuess(npz: Npz, findings: Findings): Promise<ScanObject | undefined> {
  const key = "objectGuess";
  if (!npz.has(key)) return undefined;
  const { shape } = npz.entry(key);
  const [height, width] = shape.slice(-2);
  if (shape.length < 2 || height * width !== countOf(shape)) {
    findings.note(`${key}: shape ${describeShape(shape)} is no single image: left aside`);
    return undefined;
  }
  const array = await findings.attempt(() => npz.readArray(key));
  const data = array && complexValues(array);
  return data && { height, width, data };
}

/**
 * Returns interleaved values of a complex array, or of a real one with imaginary parts 0; `undefined` for text and
 * the like.
 */
export function complexValues(array: NpyArray): Float32Array | undefined {
  if (array.dtype.startsWith("complex")) return toFloat32(array);
  if (!/^(u?int|float)/.test(array.dtype)) return undefined;
  const real = toFloat32(array);
  const out = new Float32Array(2 * real.length);
  for (let i = 0; i < real.length; i++) out[2 * i] = real[i];
  return out;
}
