/**
 * The plan of a training step and of inference, with the measured time of every operation.
 *
 * @module
 */
import { type AnyDevice, compile, type PlanRow, type Space, Storage } from "../../engine/mod.ts";
import { Weights } from "../model/parameters.ts";
import type { BatchShape } from "../model/trace_context.ts";
import type { Profile } from "../model/profile.ts";
import { Random } from "../../numeric/mod.ts";

import { type TracedGraph, tracePatches } from "./step.ts";
import { traceStep, trainingSpaces, type UpdateOptions } from "./update.ts";

/** One operation of a plan, timed. */
export interface TimedRow extends PlanRow {
  readonly milliseconds: number;
}

/** A plan, timed. */
export interface TimedPlan {
  readonly rows: readonly TimedRow[];
  /** Time of one run as a whole, which has no pauses between the operations. */
  readonly milliseconds: number;
  /** Bytes of intermediate values. */
  readonly arenaBytes: number;
}

/** Options of {@linkcode timePlans}. */
export interface TimePlansOptions {
  readonly profile: Profile;
  readonly optimizer: UpdateOptions["optimizer"];
  /** Sizes of the training step. */
  readonly training: BatchShape;
  /** Sizes of inference. */
  readonly inference: BatchShape;
  /** Timed runs of each operation, of which the median counts. Default 5. */
  readonly rounds?: number;
}

/**
 * Times both graphs on seeded data. On a GPU each operation is submitted a few times before one wait; its time still
 * includes a part of the round trip.
 */
export async function timePlans(
  device: AnyDevice,
  { profile, optimizer, training, inference, rounds = 5 }: TimePlansOptions,
): Promise<{ training: TimedPlan; inference: TimedPlan }> {
  const weights = new Weights();
  const step = traceStep({ profile, weights, shape: training, update: { optimizer } });
  const timedStep = await timePlan(device, {
    traced: step,
    weights,
    spaces: Object.values(trainingSpaces(weights)),
    groups: training.batchSize,
    rounds,
  });
  const own = new Weights();
  const patches = tracePatches({ profile, weights: own, shape: inference });
  const timedPatches = await timePlan(device, {
    traced: patches,
    weights: own,
    spaces: [own.space],
    groups: inference.batchSize,
    rounds,
  });
  return { training: timedStep, inference: timedPatches };
}

/** Runs of one operation that are submitted to a GPU at once. */
const QUEUED = 4;

async function timePlan(device: AnyDevice, { traced, weights, spaces, groups, rounds }: {
  traced: TracedGraph;
  weights: Weights;
  spaces: readonly Space[];
  groups: number;
  rounds: number;
}): Promise<TimedPlan> {
  const storages = spaces.map((space) => new Storage(device, space));
  try {
    using program = await compile(device, { ...traced, storages, timed: true });
    for (const [name, values] of weights.initialValues(new Random(1))) storages[0].write(name, values);
    const random = new Random(2);
    for (const [name, count] of program.inputs) {
      program.write(name, valuesOf(name, count, { groups, random }));
    }
    const queued = device.info.kind === "webgpu" ? QUEUED : 1;
    const times = await program.time({ rounds, queued });
    const whole: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const begun = performance.now();
      program.run();
      await device.finish();
      whole.push(performance.now() - begun);
    }
    return {
      rows: program.plan.map((row, index) => ({ ...row, milliseconds: times[index] })),
      milliseconds: whole.sort((a, b) => a - b)[rounds >> 1],
      arenaBytes: program.arenaBytes,
    };
  } finally {
    for (const storage of storages) storage[Symbol.dispose]();
  }
}

/** Data of the right kind for an input: what is timed must not run into infinities. */
function valuesOf(
  name: string,
  count: number,
  { groups, random }: { groups: number; random: Random },
): Float32Array {
  if (name === "hyper") return Float32Array.of(1e-3, 0.9, 0.999, 1e-8, 0, 0, 0.1, 1e-3).subarray(0, count);
  if (name === "share") return new Float32Array(count).fill(1 / groups);
  if (name === "relative") return new Float32Array(count);
  const value = name === "counts" ? () => Math.floor(50 * random.uniform()) : () => 0.5 + random.uniform();
  return Float32Array.from({ length: count }, value);
}
