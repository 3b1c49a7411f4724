/**
 * The loop of a training run: epochs of steps, validation, best state, end.
 *
 * @module
 */
import { type Logger, type ProgressListener, silentLogger, yieldToEvents } from "../../../common/mod.ts";
import type { ExecutionConfig, TrainingConfig } from "../../../config/mod.ts";
import type { StoredArray } from "../../../formats/mod.ts";
import { Random } from "../../../numeric/mod.ts";
import type { Scan, ScanSet } from "../../../scan/mod.ts";
import type { Model } from "../../model/model.ts";
import type { CompleteBatch } from "../data/batch_inputs.ts";
import { type Batch, batchesOf, streamBatches } from "../data/batches.ts";
import type { PatchLog } from "../../model/patch_log.ts";
import type { TrainingPlan } from "../plan.ts";
import type { StepPlace, StepReport, Trainer } from "../trainer.ts";
import { type Budget, isSpent, placeOf, type Position, secondsLeft, stopsEarly } from "./budget.ts";
import { type EpochReport, rankOf } from "./reports.ts";
import { type EpochTotals, FIRST_STATE, NO_TOTALS, type RunState, type Snapshot } from "./run_state.ts";

/** Callbacks of a run. */
export interface RunListeners {
  /**
   * Called after each epoch. `best` is true where it is the best so far; `snapshot()` copies weights and moments off the
   * device, for a run that resumes from here.
   */
  readonly onEpoch?: (
    report: EpochReport,
    state: { model: Model; best: boolean; snapshot(): Promise<Snapshot> },
  ) => Promise<void>;
  /** Called inside an epoch as often as `checkpointEvery` and `checkpointMinutes` ask, and where the run is interrupted. */
  readonly onCheckpoint?: (snapshot: Snapshot) => Promise<void>;
  readonly onProgress?: ProgressListener;
  readonly logger?: Logger;
  /** Ends the run after the present step; what was reached is returned, marked as interrupted. */
  readonly signal?: AbortSignal;
}

/** Everything that a run reads. */
export interface RunParts extends RunListeners {
  readonly scan: Scan | ScanSet;
  readonly training: TrainingConfig;
  readonly execution: ExecutionConfig;
  readonly plan: Pick<TrainingPlan, "groups" | "shape">;
  readonly budget: Budget;
  readonly trainer: Trainer;
  /** State of an earlier run, to go on from. Default: from the beginning. */
  readonly resume?: Snapshot;
  /** Adds the extra inputs of a batch. Default: none. */
  readonly complete?: CompleteBatch;
  /** Records patches during training. */
  readonly patchLog?: PatchLog;
  /** The held-out batches; undefined where nothing is held out. */
  readonly heldOut?: () => AsyncIterable<Batch>;
  /** The model of some weights. */
  readonly model: (weights: ReadonlyMap<string, StoredArray>) => Model;
}

/** The result of a run. */
export interface TrainResult {
  /** The state of the best epoch: the lowest held-out loss where there is one, else that of training, unless asked otherwise. */
  readonly model: Model;
  /** The state at the end. */
  readonly last: Model;
  /** Epochs that were finished, those of resumed parts included. */
  readonly epochs: readonly EpochReport[];
  /** Number of the best epoch; 0 where none was finished. */
  readonly bestEpoch: number;
  /** Updates of the weights, those of resumed parts included. */
  readonly steps: number;
  readonly interrupted: boolean;
  /** The loss stayed for so long that the run ended before its time. */
  readonly stoppedEarly: boolean;
  /** Patterns trained on for each second, over all epochs that were finished. */
  readonly patternsPerSecond: number;
}

/** The loss stopped being a number. */
export class DivergedError extends Error {
  override name = "DivergedError";
}

/** Reports in flight: enough to keep the device busy, few enough to bound how far it runs ahead. */
const REPORTS_IN_FLIGHT = 8;

interface InFlight {
  readonly report: Promise<StepReport>;
  readonly groups: number;
}

/** One run. */
export class Run {
  #state: { -readonly [K in keyof RunState]: RunState[K] };
  #totals: { -readonly [K in keyof EpochTotals]: EpochTotals[K] };
  #best: ReadonlyMap<string, StoredArray> | undefined;
  #weights: ReadonlyMap<string, StoredArray> | undefined;
  readonly #inFlight: InFlight[] = [];
  readonly #begun = performance.now();
  #saved = performance.now();
  #stepsHere = 0;

  constructor(private readonly parts: RunParts) {
    const { state, best, model } = parts.resume ?? { state: FIRST_STATE };
    this.#state = { ...state, epochs: [...state.epochs] };
    this.#totals = { ...state.totals };
    this.#best = best ?? (state.bestEpoch > 0 ? model?.weights : undefined);
  }

  /** Trains until the budget is spent, early stopping ends the run, or the signal is aborted. */
  async toEnd(): Promise<TrainResult> {
    const { signal, onCheckpoint, logger = silentLogger, training } = this.parts;
    const early = () => stopsEarly(this.#state.epochs, training);
    while (!signal?.aborted && !isSpent(this.parts.budget, this.#position()) && !early()) {
      await this.#epoch();
    }
    const { state } = this;
    const interrupted = signal?.aborted ?? false;
    const weights = this.#weights ?? await this.parts.trainer.readWeights();
    if (interrupted && this.#stepsHere > 0) await onCheckpoint?.(await this.#snapshot(weights));
    const stoppedEarly = !interrupted && early();
    if (stoppedEarly) {
      logger.info(`stopped early: ${training.earlyStopPatience} epochs were no better`);
    }
    const patterns = state.epochs.reduce(
      (sum, { patternsPerSecond, seconds }) => sum + patternsPerSecond * seconds,
      0,
    );
    const seconds = state.epochs.reduce((sum, epoch) => sum + epoch.seconds, 0);
    return {
      model: this.parts.model(this.#best ?? weights),
      last: this.parts.model(weights),
      epochs: state.epochs,
      bestEpoch: state.bestEpoch,
      steps: state.step,
      interrupted,
      stoppedEarly,
      patternsPerSecond: seconds > 0 ? patterns / seconds : 0,
    };
  }

  /** The state of the run, for a checkpoint. */
  get state(): RunState {
    return { ...this.#state, totals: { ...this.#totals }, seconds: this.#seconds() };
  }

  #seconds(): number {
    return this.#state.seconds + (performance.now() - this.#begun) / 1000;
  }

  #position(): Position {
    return { step: this.#state.step, seconds: this.#seconds(), epochs: this.#state.epochs };
  }

  async #snapshot(weights: ReadonlyMap<string, StoredArray>): Promise<Snapshot> {
    const best = this.#best === weights ? undefined : this.#best;
    const model = this.parts.model(weights);
    return { state: this.state, model, moments: await this.parts.trainer.readMoments(), best };
  }

  async #epoch(): Promise<void> {
    const { signal, trainer, heldOut } = this.parts;
    this.#weights = undefined;
    const begun = performance.now();
    await this.#train();
    this.#totals.seconds += (performance.now() - begun) / 1000;
    if (signal?.aborted) return;
    const valLoss = heldOut && await trainer.validationLoss(untilAborted(heldOut(), signal));
    if (signal?.aborted) return; // while it validated: that is done again
    await this.#finish(valLoss);
  }

  /** The steps of the present epoch that are left, as far as the budget goes. */
  async #train(): Promise<void> {
    const { plan, scan, signal, budget, complete, training: { seed, accumulateGradBatches } } = this.parts;
    const order = new Random(seed, `order of epoch ${this.#state.epochs.length + 1}`).shuffle(
      Int32Array.from({ length: plan.groups.count }, (_, i) => i),
    );
    const windows = windowsOf(batchesOf(order, plan.shape.batchSize), accumulateGradBatches);
    const left = windows.slice(this.#state.stepInEpoch);
    const done = this.#state.stepInEpoch * accumulateGradBatches;
    const epoch = this.#state.epochs.length + 1;
    const batches = streamBatches(scan, {
      groups: plan.groups,
      batches: left.flat(),
      shape: plan.shape,
      complete: complete && ((batch, k) => complete(batch, { scan, place: { epoch, number: done + k } })),
    });
    for (const window of left) {
      if (signal?.aborted || isSpent(budget, this.#position())) break;
      await this.#step(window, batches);
      await this.#watch(window.at(-1)?.length ?? 0, windows.length);
      if (this.#inFlight.length >= REPORTS_IN_FLIGHT) await this.#settle(windows.length);
      await this.#saveInside(windows.length);
      await yieldToEvents();
    }
    await batches.return(undefined);
    while (this.#inFlight.length > 0) await this.#settle(windows.length);
  }

  /** Records the last batch's patches if this step is watched. */
  async #watch(groups: number, stepsInEpoch: number): Promise<void> {
    const { patchLog, trainer, plan } = this.parts;
    const number = this.#state.stepInEpoch - 1;
    if (!patchLog?.watches(number, stepsInEpoch)) return;
    const patches = await trainer.readPatches();
    const counted = 2 * groups * plan.groups.size * plan.shape.size ** 2; // the rest only fills the batch up
    patchLog.add(patches.subarray(0, counted), { epoch: this.#state.epochs.length + 1, number });
  }

  /** Enqueues one update. */
  async #step(window: readonly Int32Array[], batches: AsyncIterator<Batch>): Promise<void> {
    const { trainer, training, budget } = this.parts;
    const groups = window.reduce((sum, { length }) => sum + length, 0);
    const place = placeOf(training, budget, this.#position());
    const { report } = training.accumulateGradBatches === 1
      ? { report: trainer.run(await nextOf(batches), place) }
      : await this.#accumulate(batches, { count: window.length, groups, place });
    report.catch(() => {}); // awaited when it is settled
    this.#inFlight.push({ report, groups });
    this.#totals.learningRate = place.learningRate;
    this.#state.step++;
    this.#state.stepInEpoch++;
    this.#stepsHere++;
  }

  /** The gradients of several batches, then one update. In an object, so that awaiting it does not await the report. */
  async #accumulate(
    batches: AsyncIterator<Batch>,
    { count, groups, place }: { count: number; groups: number; place: StepPlace },
  ): Promise<{ report: Promise<StepReport> }> {
    const { trainer } = this.parts;
    const losses: Promise<number>[] = [];
    for (let k = 0; k < count; k++) {
      const batch = await nextOf(batches);
      const loss = trainer.addGradient(withShare(batch, batch.groups / groups), { first: k === 0 });
      loss.catch(() => {}); // awaited with the others
      losses.push(loss);
      await trainer.ready();
    }
    const report = Promise.all([trainer.update(place), ...losses]).then(([gradientNorm, ...parts]) => ({
      loss: parts.reduce((sum, part) => sum + part, 0),
      gradientNorm,
    }));
    return { report };
  }

  /** Waits for the oldest report in flight, and counts it. */
  async #settle(stepsInEpoch: number): Promise<void> {
    const first = this.#inFlight.shift();
    if (!first) return;
    const { loss, gradientNorm } = await first.report;
    if (!Number.isFinite(loss)) throw diverged("loss", loss, this.#state.epochs.length + 1);
    if (!Number.isFinite(gradientNorm)) {
      throw diverged("gradient", gradientNorm, this.#state.epochs.length + 1);
    }
    this.#totals.loss += loss * first.groups;
    this.#totals.norm += gradientNorm;
    this.#totals.groups += first.groups;
    this.#totals.steps++;
    this.#progress(stepsInEpoch);
  }

  #progress(stepsInEpoch: number): void {
    const { onProgress, budget, plan } = this.parts;
    if (!onProgress) return;
    const { loss, groups, steps, learningRate } = this.#totals;
    const seconds = (performance.now() - this.#begun) / 1000;
    const settled = this.#stepsHere - this.#inFlight.length;
    const perStep = plan.shape.batchSize * plan.groups.size *
      this.parts.training.accumulateGradBatches;
    const epoch = this.#state.epochs.length + 1;
    onProgress({
      phase: Number.isFinite(budget.epochs) ? `epoch ${epoch}/${budget.epochs}` : `epoch ${epoch}`,
      done: steps,
      total: stepsInEpoch,
      unit: "steps",
      values: {
        loss: loss / groups,
        rate: learningRate,
        "patterns/s": seconds > 0 ? perStep * settled / seconds : 0,
      },
      secondsLeft: secondsLeft(budget, this.#position(), { steps: settled, seconds }),
    });
  }

  /** Calls `onCheckpoint` if one is due by steps or time. */
  async #saveInside(stepsInEpoch: number): Promise<void> {
    const { onCheckpoint, execution: { checkpointEvery, checkpointMinutes } } = this.parts;
    const { step, stepInEpoch } = this.#state;
    if (!onCheckpoint || stepInEpoch === stepsInEpoch) return; // the end of the epoch is kept anyway
    const bySteps = checkpointEvery !== null && step % checkpointEvery === 0;
    const byTime = checkpointMinutes !== null &&
      performance.now() - this.#saved >= 60_000 * checkpointMinutes;
    if (!bySteps && !byTime) return;
    while (this.#inFlight.length > 0) await this.#settle(stepsInEpoch);
    await onCheckpoint(await this.#snapshot(await this.parts.trainer.readWeights()));
    this.#saved = performance.now();
  }

  /** Ends an epoch: makes its report, ranks it, calls `onEpoch`. */
  async #finish(valLoss: number | undefined): Promise<void> {
    const { trainer, plan, execution, onEpoch } = this.parts;
    const { loss, norm, groups, steps, learningRate, seconds } = this.#totals;
    const report: EpochReport = {
      epoch: this.#state.epochs.length + 1,
      steps: this.#state.step,
      trainLoss: loss / groups,
      valLoss,
      learningRate,
      gradientNorm: norm / steps,
      patternsPerSecond: groups * plan.groups.size / seconds,
      seconds,
    };
    if (valLoss !== undefined && !Number.isFinite(valLoss)) {
      throw diverged("held-out loss", valLoss, report.epoch);
    }
    const weights = await trainer.readWeights();
    const ranking = { monitor: execution.checkpointMonitor, mode: execution.checkpointMode };
    const before = this.#state.epochs[this.#state.bestEpoch - 1];
    const best = before === undefined || rankOf(report, ranking) < rankOf(before, ranking);
    this.#state.epochs = [...this.#state.epochs, report];
    this.#state.stepInEpoch = 0;
    this.#totals = { ...NO_TOTALS };
    this.#weights = weights;
    if (best) {
      this.#best = weights;
      this.#state.bestEpoch = report.epoch;
    }
    this.#log(report);
    await onEpoch?.(report, {
      model: this.parts.model(weights),
      best,
      snapshot: () => this.#snapshot(weights),
    });
    this.#saved = performance.now();
  }

  #log({ epoch, trainLoss, valLoss, patternsPerSecond }: EpochReport): void {
    const validation = valLoss === undefined ? "" : `, held out ${valLoss.toPrecision(5)}`;
    this.parts.logger?.info(
      `epoch ${epoch}: loss ${trainLoss.toPrecision(5)}${validation}, ${
        patternsPerSecond.toFixed(1)
      } patterns/s`,
    );
  }
}

/** Batches in runs of `count`, each of which has one update. */
function windowsOf(batches: readonly Int32Array[], count: number): Int32Array[][] {
  const windows = Math.ceil(batches.length / count);
  return Array.from({ length: windows }, (_, k) => batches.slice(k * count, (k + 1) * count));
}

/** A batch as a part of several: its groups' shares are those of all of them together. */
function withShare(batch: Batch, part: number): Batch {
  return { ...batch, share: batch.share.map((share) => share * part) };
}

async function nextOf(batches: AsyncIterator<Batch>): Promise<Batch> {
  const { value, done } = await batches.next();
  if (done) throw new RangeError("there are fewer batches than were asked for");
  return value;
}

async function* untilAborted(
  batches: AsyncIterable<Batch>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Batch> {
  for await (const batch of batches) {
    if (signal?.aborted) return;
    yield batch;
  }
}

function diverged(what: string, value: number, epoch: number): DivergedError {
  return new DivergedError(
    `the ${what} became ${value} in epoch ${epoch}: lower the learning rate, clip the gradient, or check the probe and ` +
      "the measurement setting; the last checkpoint is intact",
  );
}
