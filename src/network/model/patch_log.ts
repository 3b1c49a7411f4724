/**
 * Records statistics of patches, as they are learnt or predicted, and writes them.
 *
 * @module
 */
import { writeFileAtomic } from "../../host/mod.ts";
import {
  encodePng,
  figure,
  type ImagePanel,
  renderAmplitude,
  type Rendered,
  renderPhase,
  scaleOf,
} from "../../pictures/mod.ts";

import type { ExecutionConfig } from "../../config/mod.ts";
import type { Plane } from "../../numeric/mod.ts";
import { flatWarning, momentsOf, type PatchMoments } from "./patch_moments.ts";

/** Statistics of a batch, as they are written. */
export interface PatchStats extends PatchMoments {
  /** Passes of an inference count as epochs. */
  readonly epoch: number;
  /** Of the batch in its epoch, from 1. */
  readonly batch: number;
  readonly patches: number;
}

/** Statistics of a batch as PtychoPINN's tools read them, of the amplitude. */
interface EstablishedStats {
  readonly phase: "train" | "inference";
  readonly batch_idx: number;
  readonly batch_size: number;
  readonly global_mean: number;
  readonly global_std: number;
  readonly var_zero_mean: number;
  /** Of the first patches. */
  readonly per_patch: readonly {
    readonly patch_idx: number;
    readonly mean: number;
    readonly std: number;
    readonly min: number;
    readonly max: number;
  }[];
}

/** Options of {@linkcode PatchLog}. */
export interface PatchLogOptions {
  /** N. */
  readonly size: number;
  /** Batches of an epoch that are recorded; null for all. */
  readonly limit: number | null;
  readonly phase: "train" | "inference";
  /** Write the statistics under PtychoPINN's names, too. */
  readonly compat: boolean;
}

/** Patches of a batch whose own statistics PtychoPINN's tools read. */
const LISTED = 4;

/** Patches shown in the grid. */
const SHOWN = 8;

/** Collects the statistics of a run and writes them. */
export class PatchLog {
  readonly #batches: PatchStats[] = [];
  readonly #established: EstablishedStats[] = [];
  #last: Float32Array | undefined;

  constructor(private readonly options: PatchLogOptions) {}

  /** True for `limit` batches of the `of` of an epoch, spread evenly, the last one among them. `number` is from 0. */
  watches(number: number, of: number): boolean {
    const { limit } = this.options;
    if (limit === null || limit >= of) return true;
    return Math.floor((number + 1) * limit / of) > Math.floor(number * limit / of);
  }

  /** Records the patches of a batch. */
  add(patches: Float32Array, place: { epoch: number; number: number }): void {
    const pixels = this.options.size ** 2;
    this.#last = patches;
    const count = patches.length / 2 / pixels;
    const moments = momentsOf(patches, pixels);
    this.#batches.push({ epoch: place.epoch, batch: place.number + 1, patches: count, ...moments });
    if (this.options.compat) this.#established.push(this.#establishedStats(patches, { moments, ...place }));
  }

  #establishedStats(
    patches: Float32Array,
    { moments: { amplitude }, number }: { readonly moments: PatchMoments; readonly number: number },
  ): EstablishedStats {
    const pixels = this.options.size ** 2, count = patches.length / 2 / pixels;
    return {
      phase: this.options.phase,
      batch_idx: number,
      batch_size: count,
      global_mean: amplitude.mean,
      global_std: ofSample(amplitude.std, count * pixels),
      var_zero_mean: amplitude.var_zero_mean,
      per_patch: Array.from({ length: Math.min(LISTED, count) }, (_, patch) => {
        const own = patches.subarray(2 * patch * pixels, 2 * (patch + 1) * pixels);
        const { mean, std, min, max } = momentsOf(own, pixels).amplitude;
        return { patch_idx: patch, mean, std: ofSample(std, pixels), min, max };
      }),
    };
  }

  /** The statistics so far. */
  get batches(): readonly PatchStats[] {
    return this.#batches;
  }

  /** A warning where the latest patches have no structure. */
  get warning(): string | undefined {
    const last = this.#batches.at(-1);
    return last && flatWarning(last);
  }

  /**
   * Writes `patch_stats.json` and `patch_grid.png`; under PtychoPINN's names `torch_patch_stats.json` and
   * `torch_patch_grid.png` as well.
   */
  async write(folder: string): Promise<void> {
    const { compat } = this.options;
    const write = async (name: string, stats: unknown) =>
      await writeFileAtomic(`${folder}/${name}`, JSON.stringify(stats, null, 2) + "\n");
    await write("patch_stats.json", { warning: this.warning ?? null, batches: this.#batches });
    if (compat) await write("torch_patch_stats.json", this.#established);
    if (!this.#last) return;
    const grid = await encodePng(await this.#grid(this.#last));
    for (const name of ["patch_grid.png", ...(compat ? ["torch_patch_grid.png"] : [])]) {
      await writeFileAtomic(`${folder}/${name}`, grid);
    }
  }

  /** A row of amplitudes over a row of phases. */
  #grid(patches: Float32Array): Promise<string> {
    const { size } = this.options;
    const pixels = size ** 2;
    const scale = scaleOf(undefined);
    const count = Math.min(SHOWN, patches.length / 2 / pixels);
    const row = (
      label: string,
      value: (re: number, im: number) => number,
      render: (p: Plane) => Rendered,
    ) =>
      Array.from({ length: count }, (_, k): ImagePanel => {
        const data = Float32Array.from({ length: pixels }, (_, i) => {
          const at = 2 * (k * pixels + i);
          return value(patches[at], patches[at + 1]);
        });
        return { image: render({ width: size, height: size, data }), title: `Patch ${k + 1}`, label, scale };
      });
    const panels = [
      ...row("amplitude", Math.hypot, renderAmplitude),
      ...row("phase (rad)", (re, im) => Math.atan2(im, re), renderPhase),
    ];
    const last = `epoch ${this.#batches.at(-1)?.epoch}`;
    const title = `Patches of the last batch of ${this.options.phase === "train" ? last : "the inference"}`;
    return figure(panels, { title, columns: count, side: 128 });
  }
}

/** Returns the log that the settings ask for; undefined where they ask for none. */
export function openPatchLog(
  { logPatchStats, patchStatsLimit: limit, compat }: ExecutionConfig,
  options: Pick<PatchLogOptions, "size" | "phase">,
): PatchLog | undefined {
  return logPatchStats ? new PatchLog({ ...options, limit, compat }) : undefined;
}

/** Standard deviation of a sample, n - 1, from that of n values. */
function ofSample(deviation: number, n: number): number {
  return deviation * Math.sqrt(n / Math.max(1, n - 1));
}
