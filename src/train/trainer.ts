/**
 * The state of a training run on a device: weights, gradients, moments, and the programs that use them.
 *
 * @module
 */
import type { TrainingConfig } from "../config/training.ts";
import type { AnyDevice } from "../device/any.ts";
import type { StoredArray } from "../io/hdf5.ts";
import type { BatchShape, Profile, Statistics } from "../nn/profile.ts";
import { type RandomSource, Weights } from "../nn/parameters.ts";
import { learningRateAt, momentumAt, type ScheduleOptions } from "../nn/schedule.ts";
import { compile, type Program } from "../tensor/program.ts";
import { Storage } from "../tensor/storage.ts";
import type { Batch } from "./batches.ts";
import { type TracedGraph, traceLoss } from "./step.ts";
import { traceStep, trainingSpaces } from "./update.ts";

const ADAM_EPSILON = 1e-8;

/** What a trainer is made of. */
export interface TrainerOptions {
  readonly profile: Profile;
  readonly shape: BatchShape;
  /** Validation in batches of this shape; none without. */
  readonly validationShape?: BatchShape;
  readonly training: TrainingConfig;
  readonly statistics: Statistics;
  readonly schedule: ScheduleOptions;
  readonly random: RandomSource;
}

/** What one step reports, once the device has got there. */
export interface StepReport {
  readonly loss: number;
  readonly gradientNorm: number;
}

/** A training run in device memory. Dispose of it to give the memory back. */
export class Trainer {
  #step = 0;
  readonly #hyper: Float32Array;

  private constructor(
    private readonly options: TrainerOptions,
    private readonly weights: Weights,
    private readonly storages: readonly Storage[],
    private readonly train: Program,
    private readonly validate: Program | undefined,
  ) {
    this.#hyper = new Float32Array(options.training.optimizer === "sgd" ? 4 : 8);
  }

  /** Traces, compiles and initialises. */
  static async create(device: AnyDevice, options: TrainerOptions): Promise<Trainer> {
    const { profile, shape, validationShape, training, statistics } = options;
    const weights = new Weights();
    const update = { optimizer: training.optimizer, clipNorm: training.gradientClipVal ?? undefined };
    const step = traceStep({ profile, weights, shape, update });
    const loss = validationShape && traceLoss({ profile, weights, shape: validationShape });
    const spaces = trainingSpaces(weights);
    const storages: Storage[] = [];
    const programs: Program[] = [];
    try {
      for (const space of Object.values(spaces)) storages.push(new Storage(device, space));
      for (const traced of loss ? [step, loss] : [step]) {
        programs.push(await prepare(device, { traced, storages, statistics }));
      }
    } catch (error) {
      for (const owned of [...programs, ...storages]) owned[Symbol.dispose]();
      throw error;
    }
    const trainer = new Trainer(options, weights, storages, programs[0], programs[1]);
    for (const [name, values] of weights.initialValues(options.random)) storages[0].write(name, values);
    return trainer;
  }

  /** Steps done. */
  get step(): number {
    return this.#step;
  }

  /** Learning rate of the next step. */
  get learningRate(): number {
    return learningRateAt(this.#step, this.options.schedule);
  }

  /** Enqueues one step; the report resolves when it is done. */
  run(batch: Batch): Promise<StepReport> {
    this.#writeHyper();
    feed(this.train, { batch, channels: this.options.shape.channels });
    this.train.write("hyper", this.#hyper);
    this.train.run();
    this.#step++;
    return Promise.all([this.train.read("loss"), this.train.read("gradientNorm")])
      .then(([[loss], [gradientNorm]]) => ({ loss, gradientNorm }));
  }

  /** Mean loss of the batches with the present weights. */
  async validationLoss(batches: AsyncIterable<Batch>): Promise<number> {
    const { validate, options: { validationShape } } = this;
    if (!validate || !validationShape) return NaN;
    validate.weightsChanged();
    let sum = 0;
    let groups = 0;
    for await (const batch of batches) {
      feed(validate, { batch, channels: validationShape.channels });
      validate.run();
      sum += (await validate.read("loss"))[0] * batch.groups;
      groups += batch.groups;
    }
    return sum / groups;
  }

  /** Copies the weights out. */
  async readWeights(): Promise<Map<string, StoredArray>> {
    const values = await this.storages[0].read();
    return new Map(this.weights.entries.map(({ name, shape }) => [
      name,
      { shape, data: values.get(name) ?? new Float32Array() },
    ]));
  }

  [Symbol.dispose](): void {
    this.train[Symbol.dispose]();
    this.validate?.[Symbol.dispose]();
    for (const storage of this.storages) storage[Symbol.dispose]();
  }

  #writeHyper(): void {
    const { training: { optimizer, beta1, beta2, momentum, weightDecay }, schedule } = this.options;
    const rate = this.learningRate;
    if (optimizer === "sgd") {
      this.#hyper.set([rate, momentumAt(this.#step, { ...schedule, momentum }), weightDecay, 0]);
      return;
    }
    const first = momentumAt(this.#step, { ...schedule, momentum: beta1 });
    const t = this.#step + 1;
    // bias corrections as PyTorch has them where beta1 varies: of the present beta1
    const corrections = [1 - first ** t, 1 - beta2 ** t];
    this.#hyper.set([
      rate,
      first,
      beta2,
      ADAM_EPSILON,
      weightDecay,
      optimizer === "adamw" ? 1 : 0,
      ...corrections,
    ]);
  }
}

/** Compiles a traced graph and writes the frozen quantities that it reads. */
export async function prepare(
  device: AnyDevice,
  { traced, storages, statistics }: {
    traced: TracedGraph;
    storages: readonly Storage[];
    statistics: Statistics;
  },
): Promise<Program> {
  const program = await compile(device, { ...traced, storages });
  for (const name of traced.frozen) {
    const statistic = statistics.get(name);
    if (!statistic) throw new RangeError(`the model has no statistic ${name}`);
    program.write(name, statistic.data);
  }
  return program;
}

function feed(program: Program, { batch, channels }: { batch: Batch; channels: number }): void {
  program.write("counts", batch.counts);
  program.write("share", batch.share);
  if (channels > 1) program.write("relative", batch.relative);
}
