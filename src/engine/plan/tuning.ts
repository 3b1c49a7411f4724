/**
 * Finding the tile sizes that suit a GPU: each kind of convolution is timed with each choice of tiles, once for each
 * adapter, driver and version of the program. All choices give the same results, so nothing else depends on it.
 *
 * @module
 */
import { type Prepared, type Slice, SLICE_ALIGNMENT, type TileChoice } from "../devices/device.ts";
import type { WebGpuDevice } from "../devices/webgpu/device.ts";
import { convCandidates, convKind, gradientCandidates, gradientKind } from "../ops/conv/conv_tiles_webgpu.ts";
import { conv2dWebgpu } from "../ops/conv/conv2d_webgpu.ts";
import { conv2dWeightGradientWebgpu } from "../ops/conv/conv2d_weight_gradient_webgpu.ts";
import type { LowerWebgpu, NodeTypes } from "../graph/lowering.ts";
import { bytesOf, type TensorType } from "../graph/types.ts";

/** Keeps measured choices, by key. */
export interface TuningCache {
  read(key: string): Promise<string | undefined>;
  write(key: string, text: string): Promise<void>;
}

/** One case that is timed: outputs and columns of square images of 64 channels. */
export interface TuningShape {
  readonly outputs: number;
  readonly columns: number;
}

/** Options of {@linkcode tuneGpu}. */
export interface TuningOptions {
  /** Version of the program. */
  readonly version: string;
  readonly cache?: TuningCache;
  /** Time after which nothing further is measured, in milliseconds; rules take over. Default 8000. */
  readonly budgetMs?: number;
  /** Default: those of the networks. */
  readonly shapes?: readonly TuningShape[];
  /** Images in a batch. Default 8. */
  readonly batch?: number;
}

/** Result of {@linkcode tuneGpu}. */
export interface Tuning {
  readonly source: "measured" | "cache";
  readonly tiles: ReadonlyMap<string, TileChoice>;
}

/** The most work first, should time run out. */
const SHAPES: readonly TuningShape[] = [64, 32, 16].flatMap((outputs) =>
  [64, 32, 16].map((columns) => ({ outputs, columns }))
);

const CHANNELS = 64;
const BUDGET_MS = 8000;

/** Runs that are timed together, since a GPU takes longer to answer than to compute. */
const QUEUED = 4;

/** Finds tiles in the cache or by measurement, and sets them on the device. */
export async function tuneGpu(device: WebGpuDevice, options: TuningOptions): Promise<Tuning> {
  const { cache, version } = options;
  const precision = device.info.limits.gpu?.precision ?? "f32";
  const key = `${device.adapterKey}|${precision}|${version}`;
  const remembered = parse(await cache?.read(key));
  const tiles = remembered ?? await measureAll(device, options);
  device.useTiles(tiles);
  if (remembered) return { source: "cache", tiles };
  await cache?.write(key, JSON.stringify(Object.fromEntries(tiles)));
  return { source: "measured", tiles };
}

/** Choices as they were written; undefined for anything else, which is measured anew. */
function parse(text: string | undefined): ReadonlyMap<string, TileChoice> | undefined {
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const entries = Object.entries(value);
  return entries.every(([kind, choice]) => isChoice(kind, choice)) ? new Map(entries) : undefined;
}

/** Only what would be measured as well is believed. */
function isChoice(kind: string, choice: unknown): choice is TileChoice {
  if (!Array.isArray(choice)) return false;
  const outputs = Number(kind.split(" ")[1]);
  if (!(outputs > 0)) return false;
  const candidates = kind.startsWith("conv ") ? convCandidates({ outputs }) : gradientCandidates({ outputs });
  return candidates.some((candidate) => candidate.join() === choice.join());
}

/** One kind of kernel with its choices. */
interface Contest {
  readonly kind: string;
  readonly candidates: readonly TileChoice[];
  run(device: WebGpuDevice): Pick<Work<never>, "prepare"> & Disposable;
}

async function measureAll(
  device: WebGpuDevice,
  { budgetMs = BUDGET_MS, shapes = SHAPES, batch = 8 }: TuningOptions,
): Promise<ReadonlyMap<string, TileChoice>> {
  const end = performance.now() + budgetMs;
  const tiles = new Map<string, TileChoice>();
  for (const shape of shapes) {
    for (const contest of contestsOf(shape, batch)) {
      if (tiles.has(contest.kind) || performance.now() > end) continue;
      tiles.set(contest.kind, await fastest(device, { ...contest, end }));
    }
  }
  return tiles;
}

function contestsOf({ outputs, columns }: TuningShape, batch: number): Contest[] {
  const x: TensorType = { shape: [batch, CHANNELS, columns, columns], dtype: "f32" };
  const y: TensorType = { shape: [batch, outputs, columns, columns], dtype: "f32" };
  const weight: TensorType = { shape: [outputs, CHANNELS, 3, 3], dtype: "f32" };
  const attrs = { activation: "none", kernel: [3, 3] } as const;
  return [
    {
      kind: convKind({ outputs, columns }),
      candidates: convCandidates({ outputs }),
      run: (device) => new Work(device, conv2dWebgpu, { attrs, inputs: [x, weight], output: y }),
    },
    {
      kind: gradientKind({ outputs }),
      candidates: gradientCandidates({ outputs }),
      run: (device) =>
        new Work(device, conv2dWeightGradientWebgpu, { attrs, inputs: [x, y], output: weight }),
    },
  ];
}

/** Kernels that are compiled at once: few, so that the end of the time is noticed. */
const AT_ONCE = 4;

/** The fastest choice, or of those that the time allowed. */
async function fastest(
  device: WebGpuDevice,
  { kind, candidates, run, end }: Contest & { readonly end: number },
): Promise<TileChoice> {
  using work = run(device);
  let best = { choice: candidates[0], milliseconds: Infinity };
  for (let first = 0; first < candidates.length; first += AT_ONCE) {
    if (first > 0 && performance.now() > end) break;
    const some = candidates.slice(first, first + AT_ONCE);
    const prepared = await Promise.all(some.map((choice) => work.prepare(kind, choice)));
    for (const [k, choice] of some.entries()) {
      const milliseconds = await timeOf(device, prepared[k]);
      if (milliseconds < best.milliseconds) best = { choice, milliseconds };
    }
    for (const each of prepared) each.dispose();
  }
  return best.choice;
}

/** The shorter of two times, after a run that is not counted. */
async function timeOf(device: WebGpuDevice, prepared: Prepared): Promise<number> {
  let best = Infinity;
  for (let round = 0; round < 3; round++) {
    const begun = performance.now();
    for (let k = 0; k < (round === 0 ? 1 : QUEUED); k++) device.run(prepared);
    await device.finish();
    if (round > 0) best = Math.min(best, performance.now() - begun);
  }
  return best;
}

/** Memory for one operation, and its calls with any tiles. */
class Work<A> implements Disposable {
  readonly #slices: readonly Slice[];

  constructor(
    readonly device: WebGpuDevice,
    readonly lower: LowerWebgpu<A>,
    readonly node: NodeTypes<A>,
  ) {
    const { scratchBytes = 0, packedBytes = 0 } = lower(node, device.info.limits);
    const sizes = [...node.inputs.map(bytesOf), bytesOf(node.output), scratchBytes, packedBytes];
    this.#slices = sizes.map((bytes, k) => ({
      buffer: device.allocate(Math.max(bytes, SLICE_ALIGNMENT), `tuning ${k}`),
      byteOffset: 0,
      bytes,
    }));
  }

  /** The calls that are timed: packed weights are made once in a step. */
  prepare(kind: string, choice: TileChoice): Promise<Prepared> {
    const { limits } = this.device.info;
    const gpu = { precision: limits.gpu?.precision ?? "f32", tiles: new Map([[kind, choice]]) };
    const [first, second, out, scratch, packed] = this.#slices;
    const { calls } = this.lower(this.node, { ...limits, gpu });
    const all = calls({ in: [first, second], out, scratch, packed });
    return this.device.prepare(all.filter(({ pack }) => !pack));
  }

  [Symbol.dispose](): void {
    for (const { buffer } of this.#slices) this.device.release(buffer);
  }
}
