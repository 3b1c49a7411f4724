/**
 * The state of a training run on a device: weights, gradients, moments, and the programs that use them.
 *
 * @module
 */
import type { TrainingConfig } from "../../config/mod.ts";
import { type AnyDevice, compile, type Program, Storage } from "../../engine/mod.ts";
import type { StoredArray } from "../../formats/mod.ts";
import type { ProbeRefinement } from "../model/probe_refinement.ts";
import type { BatchShape } from "../model/trace_context.ts";
import type { Profile } from "../model/profile.ts";
import { stackedStatistic, type Statistics } from "../model/statistics.ts";
import { type RandomSource, Weights } from "../model/parameters.ts";

import type { Batch } from "./data/batches.ts";
import { type TracedGraph, traceLoss } from "./step.ts";
import {
  type ClipOptions,
  gradientSumSpace,
  traceGradient,
  traceStep,
  traceUpdate,
  trainingSpaces,
} from "./update.ts";

const ADAM_EPSILON = 1e-8;

/** Options of {@linkcode Trainer}. */
export interface TrainerOptions {
  readonly profile: Profile;
  readonly shape: BatchShape;
  /** Validation in batches of this shape; none without. */
  readonly validationShape?: BatchShape;
  readonly training: TrainingConfig;
  readonly statistics: Statistics;
  /** Parts of the probe that are trained as well. Default: none. */
  readonly refinement?: ProbeRefinement;
  /** Names of weights that stay as they are. Default: none. */
  readonly isFixed?: (name: string) => boolean;
  /** Makes {@linkcode Trainer.readPatches} possible. Default false. */
  readonly withPatches?: boolean;
  /** Draws the initial weights. */
  readonly random: RandomSource;
}

/** The place of a step in its run. */
export interface StepPlace {
  /** Updates done before. */
  readonly step: number;
  readonly learningRate: number;
  /** Beta1 of Adam, momentum of SGD. */
  readonly momentum: number;
}

/** Loss and gradient norm of one step. */
export interface StepReport {
  readonly loss: number;
  readonly gradientNorm: number;
}

/** The spaces that outlive a step, with their storages. */
type Kept = "weights" | "moment1" | "moment2";

interface Programs {
  /** Loss, gradients and update at once; undefined where several batches share an update. */
  readonly whole?: Program;
  readonly gradient?: Program;
  readonly update?: Program;
  readonly validate?: Program;
}

/** A training run in device memory. Dispose of it to give the memory back. */
export class Trainer {
  private constructor(
    private readonly options: TrainerOptions,
    private readonly kept: Readonly<Record<Kept, Storage>>,
    private readonly programs: Programs,
    private readonly owned: readonly Disposable[],
  ) {}

  /** Traces, compiles and initialises. */
  static async create(device: AnyDevice, options: TrainerOptions): Promise<Trainer> {
    const owned: Disposable[] = [];
    const own = <T extends Disposable>(thing: T) => {
      owned.push(thing);
      return thing;
    };
    try {
      const weights = new Weights();
      const traced = traceAll(options, weights);
      const spaces = trainingSpaces(weights);
      const kept = {
        weights: own(new Storage(device, spaces.weights)),
        moment1: own(new Storage(device, spaces.moment1)),
        moment2: own(new Storage(device, spaces.moment2)),
      };
      const storages = [...Object.values(kept), own(new Storage(device, spaces.gradients))];
      if (traced.gradient) storages.push(own(new Storage(device, gradientSumSpace(weights))));
      const programs: { -readonly [K in keyof Programs]: Programs[K] } = {};
      for (const name of ["whole", "gradient", "update", "validate"] as const) {
        const graph = traced[name];
        if (!graph) continue;
        programs[name] = own(
          await prepare(device, { traced: graph, storages, statistics: options.statistics }),
        );
      }
      for (const [name, values] of weights.initialValues(options.random)) kept.weights.write(name, values);
      return new Trainer(options, kept, programs, owned);
    } catch (error) {
      for (const thing of owned.reverse()) thing[Symbol.dispose]();
      throw error;
    }
  }

  /** Enqueues one step of one batch; the report resolves when it is done. */
  run(batch: Batch, place: StepPlace): Promise<StepReport> {
    const { programs: { whole } } = this;
    if (!whole) throw new RangeError("this trainer adds up the gradients of several batches");
    this.#feed(whole, batch);
    whole.write("hyper", hyperValues(this.options.training, place));
    whole.run();
    return Promise.all([whole.read("loss"), whole.read("gradientNorm")])
      .then(([[loss], [gradientNorm]]) => ({ loss, gradientNorm }));
  }

  /** Enqueues the gradient of one of several batches; resolves to its part of their loss. */
  addGradient(batch: Batch, { first }: { first: boolean }): Promise<number> {
    const { programs: { gradient } } = this;
    if (!gradient) throw new RangeError("this trainer updates after every batch");
    this.#feed(gradient, batch);
    gradient.write("keep", Float32Array.of(first ? 0 : 1));
    if (first) gradient.weightsChanged();
    gradient.run();
    return gradient.read("loss").then(([loss]) => loss);
  }

  /** Resolves when the device can take the gradient of another batch. */
  async ready(): Promise<void> {
    await this.programs.gradient?.ready();
  }

  /** Enqueues the update by the gradients that were added; resolves to the norm of their sum before clipping. */
  update(place: StepPlace): Promise<number> {
    const { programs: { update } } = this;
    if (!update) throw new RangeError("this trainer updates after every batch");
    update.write("hyper", hyperValues(this.options.training, place));
    update.run();
    return update.read("gradientNorm").then(([norm]) => norm);
  }

  /** Mean loss of the batches with the present weights. */
  async validationLoss(batches: AsyncIterable<Batch>): Promise<number> {
    const { programs: { validate }, options: { validationShape } } = this;
    if (!validate || !validationShape) return NaN;
    validate.weightsChanged();
    let sum = 0;
    let groups = 0;
    for await (const batch of batches) {
      this.#feed(validate, batch);
      validate.run();
      sum += (await validate.read("loss"))[0] * batch.groups;
      groups += batch.groups;
    }
    return sum / groups;
  }

  /** Copies the patches of the last batch out, as they were before the update: complex [B C, N, N]. */
  readPatches(): Promise<Float32Array> {
    const program = this.programs.whole ?? this.programs.gradient;
    if (!program || !this.options.withPatches) throw new RangeError("this trainer does not give patches out");
    return program.read("patches");
  }

  /** Starts from the given weights where there are some of the name; the others keep their initial values. */
  startFrom(weights: ReadonlyMap<string, StoredArray>): void {
    for (const { name } of this.kept.weights.space.layout.entries) {
      const given = weights.get(name);
      if (given) this.kept.weights.write(name, given.data);
    }
  }

  /** Copies the weights out. */
  readWeights(): Promise<Map<string, StoredArray>> {
    return readNamed(this.kept.weights);
  }

  /** Copies the moments of the optimiser out, as `moment1.NAME` and `moment2.NAME`. */
  async readMoments(): Promise<Map<string, StoredArray>> {
    const all = new Map<string, StoredArray>();
    for (const space of ["moment1", "moment2"] as const) {
      for (const [name, array] of await readNamed(this.kept[space])) all.set(`${space}.${name}`, array);
    }
    return all;
  }

  /** Sets weights and moments to what {@linkcode readWeights} and {@linkcode readMoments} gave. */
  restore(
    { weights, moments }: {
      weights: ReadonlyMap<string, StoredArray>;
      moments: ReadonlyMap<string, StoredArray>;
    },
  ): void {
    for (const { name } of this.kept.weights.space.layout.entries) {
      this.kept.weights.write(name, found(weights, name));
      for (const space of ["moment1", "moment2"] as const) {
        this.kept[space].write(name, found(moments, `${space}.${name}`));
      }
    }
  }

  #feed(program: Program, { counts, share, relative, inputs }: Batch): void {
    const { shape: { channels }, profile: { objective } } = this.options;
    program.write("counts", counts);
    program.write("share", share);
    // labels judge patches one by one
    if (channels > 1 && !objective.supervised) program.write("relative", relative);
    for (const [name, values] of inputs ?? []) program.write(name, values);
  }

  [Symbol.dispose](): void {
    for (const thing of [...this.owned].reverse()) thing[Symbol.dispose]();
  }
}

/** The graphs of a run. One program does a whole step where every batch has an update of its own. */
function traceAll(
  { profile, shape, validationShape, training, refinement, isFixed, withPatches }: TrainerOptions,
  weights: Weights,
): { readonly [K in keyof Programs]: TracedGraph } {
  const { optimizer, accumulateGradBatches } = training;
  const update = { optimizer, clip: clipOf(training) };
  const options = { profile, weights, shape, refinement, isFixed, withPatches, update };
  const step = accumulateGradBatches === 1
    ? { whole: traceStep(options) }
    : { gradient: traceGradient(options), update: traceUpdate(options) };
  if (!validationShape) return step;
  return { ...step, validate: traceLoss({ profile, weights, shape: validationShape, refinement }) };
}

function clipOf({ gradientClipVal: value, gradientClipAlgorithm }: TrainingConfig): ClipOptions | undefined {
  return value === null ? undefined : { algorithm: gradientClipAlgorithm, value };
}

/** The numbers that the optimiser's op takes. */
function hyperValues(training: TrainingConfig, { step, learningRate, momentum }: StepPlace): Float32Array {
  const { optimizer, beta2, weightDecay } = training;
  if (optimizer === "sgd") return Float32Array.of(learningRate, momentum, weightDecay, 0);
  const t = step + 1;
  const decoupled = optimizer === "adamw" ? 1 : 0;
  // bias corrections as PyTorch has them where beta1 varies: of the present beta1
  const corrections = [1 - momentum ** t, 1 - beta2 ** t];
  return Float32Array.of(learningRate, momentum, beta2, ADAM_EPSILON, weightDecay, decoupled, ...corrections);
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
  const { scans = 1 } = traced;
  for (const name of traced.frozen) program.write(name, stackedStatistic(statistics, { name, scans }));
  return program;
}

async function readNamed(storage: Storage): Promise<Map<string, StoredArray>> {
  const values = await storage.read();
  return new Map(storage.space.layout.entries.map(({ name, type: { shape } }) => [
    name,
    { shape, data: values.get(name) ?? new Float32Array() },
  ]));
}

function found(arrays: ReadonlyMap<string, StoredArray>, name: string): Float32Array {
  const array = arrays.get(name);
  if (!array) throw new RangeError(`there is no ${name} to go on from`);
  return array.data;
}
