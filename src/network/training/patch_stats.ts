/**
 * Records statistics of patches during training and writes them.
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

import type { Plane } from "../../numeric/mod.ts";
import { flatWarning, momentsOf, type PatchMoments } from "../model/patch_moments.ts";

/** Statistics of a batch, as they are written. */
export interface PatchStats extends PatchMoments {
  readonly epoch: number;
  /** Of the batch in its epoch, from 1. */
  readonly batch: number;
  readonly patches: number;
}

/** Patches shown in the grid. */
const SHOWN = 8;

/** Collects the statistics of a run and writes them. */
export class PatchLog {
  readonly #batches: PatchStats[] = [];
  #last: Float32Array | undefined;

  /** `size`: N. */
  constructor(private readonly options: { readonly size: number; readonly limit: number | null }) {}

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
    this.#batches.push({
      epoch: place.epoch,
      batch: place.number + 1,
      patches: patches.length / 2 / pixels,
      ...momentsOf(patches, pixels),
    });
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

  /** Writes `patch_stats.json` and `patch_grid.png`. */
  async write(folder: string): Promise<void> {
    const warning = this.warning ?? null;
    const text = JSON.stringify({ warning, batches: this.#batches }, null, 2);
    await writeFileAtomic(`${folder}/patch_stats.json`, text + "\n");
    if (this.#last) {
      await writeFileAtomic(`${folder}/patch_grid.png`, await encodePng(await this.#grid(this.#last)));
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
    const title = `Patches of the last batch of epoch ${this.#batches.at(-1)?.epoch}`;
    return figure(panels, { title, columns: count, side: 128 });
  }
}
