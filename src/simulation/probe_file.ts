/**
 * Probes from files.
 *
 * @module
 */
import { DataError, describeShape } from "../common/mod.ts";
import { openNpz, toFloat64 } from "../formats/mod.ts";

/** Selects the probe in the file. */
export interface ReadProbeOptions {
  /** Key of the NPZ. Default: `probeGuess`, else `probe`. */
  readonly key?: string;
  /** N. */
  readonly side: number;
  readonly signal?: AbortSignal;
}

/** A probe from a file: (P, N, N) interleaved. */
export interface FileProbe {
  readonly modes: number;
  readonly data: Float64Array;
}

/**
 * Reads a probe of an NPZ, a scan or a reconstruction: complex (or real), [N, N], [P, N, N], or with axes of one
 * before these. Throws `DataError` for another shape, another N, values that are not finite, or no light.
 */
export async function readProbeFile(file: string, options: ReadProbeOptions): Promise<FileProbe> {
  const { side, signal } = options;
  await using npz = await openNpz(file, { signal });
  const key = options.key ?? ["probeGuess", "probe"].find((name) => npz.has(name)) ?? "probeGuess";
  const entry = npz.entry(key);
  const refuse = (found: string, remedy: string) =>
    new DataError({
      file,
      key,
      found,
      expected: `a complex probe [${side}, ${side}] or [P, ${side}, ${side}]`,
      remedy,
    });
  const { dtype } = entry;
  const shape = entry.shape.slice();
  while (shape.length > 2 && shape[0] === 1) shape.shift();
  // orthogonal probe relaxation keeps its variations first, modes second; more than one of both is no probe
  const [height, width] = shape.slice(-2);
  if (shape.length < 2 || shape.length > 3 || height !== side || width !== side) {
    throw refuse(`shape ${describeShape(entry.shape)}`, `name another key, or set side to ${width}`);
  }
  if (!/^(complex|float|u?int)/.test(dtype)) throw refuse(`dtype ${dtype}`, "name another key");
  const values = toFloat64(await npz.readArray(key));
  const data = dtype.startsWith("complex") ? Float64Array.from(values) : new Float64Array(2 * values.length);
  if (!dtype.startsWith("complex")) values.forEach((v, i) => data[2 * i] = v);
  if (!data.every(Number.isFinite)) throw refuse("values that are not finite", "repair the probe");
  if (data.every((v) => v === 0)) throw refuse("zeros only", "name another key");
  return { modes: shape.length === 3 ? shape[0] : 1, data };
}
