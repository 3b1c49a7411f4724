/**
 * The folder `checkpoints` of a run: the last state, the best one, and the few best ones where more are asked for.
 *
 * @module
 */
import { files, linkAtomic } from "../../../host/mod.ts";
import { bestEpochs, type EpochReport, type Ranking } from "./reports.ts";
import type { Snapshot } from "./run_state.ts";

/** Name of the last checkpoint in the folder of a run. */
export const LAST_CHECKPOINT = "checkpoints/last.h5.zip";
const BEST_CHECKPOINT = "checkpoints/best.h5.zip";
const OF_EPOCH = /^epoch_(\d+)\.h5\.zip$/;

/** Options of {@linkcode CheckpointFolder}. */
export interface CheckpointFolderOptions extends Ranking {
  /** Checkpoints beside the last: 0 none, 1 the best, more that many, -1 those of all epochs. */
  readonly count: number;
  /** Writes a checkpoint, whole or not at all. */
  readonly write: (path: string, snapshot: Snapshot) => Promise<void>;
}

/** Keeps checkpoints. A state is written once; its other names are links. */
export class CheckpointFolder {
  constructor(private readonly outputDir: string, private readonly options: CheckpointFolderOptions) {}

  /** Writes the last checkpoint; after an epoch, gives it the other names that it deserves and removes what fell out. */
  async save(snapshot: Snapshot): Promise<void> {
    await files.makeFolder(`${this.outputDir}/checkpoints`);
    await this.options.write(`${this.outputDir}/${LAST_CHECKPOINT}`, snapshot);
    if (snapshot.state.stepInEpoch === 0) await this.name(snapshot);
  }

  /** Gives the last checkpoint, written after an epoch, its other names. */
  async name({ state: { epochs, bestEpoch } }: Pick<Snapshot, "state">): Promise<void> {
    const { count } = this.options;
    const epoch = epochs.length;
    const last = `${this.outputDir}/${LAST_CHECKPOINT}`;
    if (epoch === 0 || count === 0) return;
    if (bestEpoch === epoch) await linkAtomic(last, `${this.outputDir}/${BEST_CHECKPOINT}`);
    if (count === 1) return;
    const kept = bestEpochs(epochs, this.options);
    if (kept.some((report) => report.epoch === epoch)) {
      await linkAtomic(last, `${this.outputDir}/checkpoints/${nameOf(epoch)}`);
    }
    await this.#prune(kept);
  }

  async #prune(kept: readonly EpochReport[]): Promise<void> {
    const names = new Set(kept.map(({ epoch }) => nameOf(epoch)));
    for await (const { name } of files.list(`${this.outputDir}/checkpoints`)) {
      if (OF_EPOCH.test(name) && !names.has(name)) {
        await files.remove(`${this.outputDir}/checkpoints/${name}`);
      }
    }
  }
}

function nameOf(epoch: number): string {
  return `epoch_${String(epoch).padStart(4, "0")}.h5.zip`;
}
