/**
 * The machinery under all update rules: the state on the device, the batches of an epoch, and what comes back.
 *
 * @module
 */
import { yieldToEvents } from "../common/mod.ts";
import type { SolverConfig } from "../config/mod.ts";
import { type AnyDevice, functions as f } from "../engine/mod.ts";
import { frequency } from "../numeric/mod.ts";
import { type Batches, cut } from "./batches/batches.ts";
import { type Frame, placeOf } from "./model/frame.ts";
import { forward, overlapOf } from "./model/forward.ts";
import { deviance, misfit } from "./model/noise.ts";
import type { PatternTable } from "./patterns.ts";
import { epochPlan, isDue } from "./constraints/plan.ts";
import { Programs, type SolverProgram, type Tracer } from "./programs.ts";
import type { Rule } from "./rules/rule.ts";
import { accumulate, type Sizes, type StepName, type Trace } from "./model/trace.ts";

/** Options of the engine. */
export interface EngineOptions {
  readonly settings: SolverConfig;
  readonly rule: Rule;
  /** Programs of the constraints, by name. */
  readonly constraints: ReadonlyMap<string, Tracer>;
  readonly sizes: Sizes;
  readonly patterns: PatternTable;
  readonly batches: Batches;
  readonly frame: Frame;
  /** Misfits of the epochs that led here, as {@linkcode EpochSums}. */
  readonly errors?: readonly number[];
  readonly signal?: AbortSignal;
  /** Called after each batch. */
  readonly onBatch?: (done: number, total: number) => void;
}

/** Sums over all patterns. */
export interface EpochSums {
  /** Of (sqrt(I) - sqrt(I_meas))^2. */
  readonly error: number;
  /** Of the modelled intensity, where it was asked for. */
  readonly modelled: number;
  /** Of the Poisson deviance, 2 (I - I_meas + I_meas log(I_meas / I)), where it was asked for. */
  readonly deviance: number;
}

/** Far outside any object. */
const NOWHERE = -1e6;
/** Results in flight: enough to keep the device busy, few enough to bound how far it runs ahead. */
const RUNS_IN_FLIGHT = 8;

/** A solver on a device. Dispose of it to give the memory back. */
export class Engine {
  readonly #buffers: Readonly<Record<string, Float32Array>>;
  readonly #errors: number[];
  #frame: Frame;
  #step = 0;
  /** Shifts of the positions that the last epoch asks for, by number of the pattern. */
  readonly shifts: { readonly x: Float64Array; readonly y: Float64Array };

  private constructor(private readonly options: EngineOptions, readonly programs: Programs) {
    const { batch, side, oprModes, patterns } = options.sizes;
    this.#errors = [...options.errors ?? []];
    this.#frame = options.frame;
    this.#buffers = {
      amplitudes: new Float32Array(options.sizes.resident ? 0 : batch * side * side),
      starts: new Float32Array(2 * batch),
      dx: new Float32Array(batch),
      dy: new Float32Array(batch),
      valid: new Float32Array(batch),
      numbers: new Float32Array(batch),
      oprWeights: new Float32Array(batch * oprModes),
      alpha: new Float32Array(batch),
    };
    this.shifts = { x: new Float64Array(patterns), y: new Float64Array(patterns) };
  }

  /** Traces, compiles and fills in what does not change. */
  static async create(device: AnyDevice, options: EngineOptions): Promise<Engine> {
    const { sizes, patterns } = options;
    const programs = await Programs.create(device, { sizes, tracers: tracersOf(options) });
    const engine = new Engine(options, programs);
    const { side } = sizes;
    programs.write("frequency", Float32Array.from({ length: side }, (_, k) => frequency(k, side)));
    if (sizes.resident) programs.write("patterns", await patterns.readAll());
    if (sizes.oprModes > 0 && !patterns.columns.has("oprWeights")) {
      patterns.columns.set("oprWeights", new Float32Array(patterns.count * sizes.oprModes));
    }
    if (!patterns.columns.has("alpha")) {
      patterns.columns.set("alpha", new Float32Array(patterns.count).fill(0.5));
    }
    return engine;
  }

  /** Frame of the object's canvas. */
  get frame(): Frame {
    return this.#frame;
  }

  /** Moves the object's canvas by whole pixels, with the probe that was moved against it. */
  moveFrame({ x, y }: { x: number; y: number }): void {
    this.#frame = { ...this.#frame, x0: this.#frame.x0 + x, y0: this.#frame.y0 + y };
  }

  /**
   * Estimates the bytes on the device, and the seconds of an epoch by its memory traffic against that of evaluating
   * the model.
   */
  estimate(evaluationSeconds: number): { bytes: number; secondsPerEpoch: number } {
    const { rule } = this.options;
    const traffic = rule.sweeps.reduce((sum, _, k) => sum + this.programs.traffic(`sweep ${k}`), 0);
    return {
      bytes: this.programs.bytes,
      secondsPerEpoch: evaluationSeconds * traffic / this.programs.traffic("evaluate"),
    };
  }

  /** The misfit of all patterns with the present state. */
  async evaluate(): Promise<EpochSums> {
    return await this.#sweep(this.programs.get("evaluate"), this.options.batches.ofEpoch(0), 0);
  }

  /** The misfit of some patterns with the present state. */
  async evaluateOf(numbers: Int32Array): Promise<EpochSums> {
    const batches = cut(numbers, Math.ceil(numbers.length / this.options.batches.largest));
    return await this.#sweep(this.programs.get("evaluate"), batches, 0);
  }

  /** Sums |P|^2 over all patterns into the state's `illumination`. */
  async illuminate(): Promise<void> {
    await this.#sweep(this.programs.get("illuminate"), this.options.batches.ofEpoch(0), 0);
  }

  /** Prepares the device state for the first epoch. */
  async prepare(): Promise<void> {
    if (this.options.rule.prepare) {
      await this.#sweep(this.programs.get("prepare"), this.options.batches.ofEpoch(0), 0);
    }
  }

  /** One epoch of the rule (from 1). */
  async epoch(epoch: number): Promise<EpochSums> {
    const { rule, batches } = this.options;
    if (rule.needsIllumination && (epoch <= 10 || epoch % 10 === 0)) await this.illuminate();
    await rule.beforeEpoch?.(this, this.#errors);
    const total = { error: 0, modelled: 0, deviance: 0 };
    for (const subset of batches.subsetsOf(epoch)) {
      const sums = await this.#sweeps(subset, epoch);
      total.error += sums.error;
      total.modelled += sums.modelled;
      total.deviance += sums.deviance;
    }
    this.#errors.push(total.error);
    await rule.afterEpoch?.(this, this.#errors);
    return total;
  }

  /** The rule's sweeps over some batches; the sums are those of the last sweep that knows the misfit. */
  async #sweeps(batches: readonly Int32Array[], epoch: number): Promise<EpochSums> {
    let sums: EpochSums = { error: NaN, modelled: 0, deviance: 0 };
    for (const [k, sweep] of this.options.rule.sweeps.entries()) {
      const result = await this.#sweep(this.programs.get(`sweep ${k}`), batches, epoch);
      if (!Number.isNaN(result.error) || Number.isNaN(sums.error)) sums = result;
      if (sweep.end) this.#run(this.programs.get(`end ${k}`), epoch);
    }
    return sums;
  }

  /** Runs a program with inputs of one number and gives its first output, empty where it has none. */
  async runNamed(name: string, inputs: Readonly<Record<string, number>>): Promise<Float32Array> {
    const { program, inputs: live, outputs } = this.programs.get(name);
    for (const [key, value] of Object.entries(inputs)) {
      if (live.has(key)) program.write(key, Float32Array.of(value));
    }
    program.run();
    return outputs.length > 0 ? await program.read(outputs[0]) : new Float32Array();
  }

  /** Runs a program that is not about a batch. */
  #run(program: SolverProgram, epoch: number): void {
    this.#writeSteps(program, epoch);
    program.program.run();
  }

  async #sweep(program: SolverProgram, batches: readonly Int32Array[], epoch: number): Promise<EpochSums> {
    const { onBatch, signal } = this.options;
    const sums = { error: program.outputs.includes("error") ? 0 : NaN, modelled: 0, deviance: 0 };
    const inFlight: Promise<void>[] = [];
    this.#writeSteps(program, epoch);
    for (const [k, numbers] of batches.entries()) {
      if (epoch > 0) signal?.throwIfAborted();
      await this.#writeBatch(program, numbers, k === 0);
      if (epoch > 0) this.#writeScalars(program);
      program.program.run();
      await program.program.ready(); // not all programs give something to wait for
      inFlight.push(this.#collect(program, numbers, sums));
      if (inFlight.length >= RUNS_IN_FLIGHT) await inFlight.shift();
      if (epoch > 0) onBatch?.(k + 1, batches.length);
      await yieldToEvents();
    }
    await Promise.all(inFlight);
    return sums;
  }

  #writeScalars({ program, inputs }: SolverProgram): void {
    const { rule, settings, batches } = this.options;
    const scalars = rule.scalars?.(++this.#step, settings.numEpochs * batches.count) ?? {};
    for (const [name, value] of Object.entries(scalars)) {
      if (inputs.has(name)) program.write(name, Float32Array.of(value));
    }
  }

  #writeSteps({ program, inputs }: SolverProgram, epoch: number): void {
    const { settings } = this.options;
    const steps: Readonly<Record<StepName, [boolean, number, string]>> = {
      object: [settings.object, settings.objectStep, settings.objectEpochs],
      probe: [settings.probe, settings.probeStep, settings.probeEpochs],
      positions: [settings.positions, settings.positionsStep, settings.positionsEpochs],
      opr: [settings.oprModes > 0, settings.oprStep, settings.oprEpochs],
      background: [settings.background, settings.backgroundStep, settings.backgroundEpochs],
    };
    for (const [name, [on, step, plan]] of Object.entries(steps)) {
      if (!inputs.has(`${name}Step`)) continue;
      program.write(`${name}Step`, Float32Array.of(on && isDue(epochPlan(plan), epoch) ? step : 0));
    }
  }

  async #writeBatch(
    { program, inputs }: SolverProgram,
    numbers: Int32Array,
    first: boolean,
  ): Promise<void> {
    const { patterns, sizes } = this.options;
    const buffers = this.#buffers;
    const write = (name: string, values: Float32Array) => inputs.has(name) && program.write(name, values);
    this.#placeBatch(numbers);
    for (const name of ["starts", "dx", "dy", "valid", "numbers"]) write(name, buffers[name]);
    write("count", Float32Array.of(numbers.length));
    write("keep", Float32Array.of(first ? 0 : 1));
    for (const [name, column] of patterns.columns) {
      if (!inputs.has(name)) continue;
      const width = column.length / patterns.count;
      buffers[name].fill(0);
      numbers.forEach((k, i) => buffers[name].set(column.subarray(k * width, (k + 1) * width), i * width));
      write(name, buffers[name]);
    }
    if (inputs.has("amplitudes")) {
      buffers.amplitudes.fill(0, numbers.length * sizes.side ** 2);
      await patterns.readAmplitudes(numbers, buffers.amplitudes);
      write("amplitudes", buffers.amplitudes);
    }
  }

  #placeBatch(numbers: Int32Array): void {
    const { patterns: { positions: { x, y } }, sizes } = this.options;
    const { starts, dx, dy, valid, numbers: own } = this.#buffers;
    starts.fill(NOWHERE);
    own.fill(-1);
    for (const buffer of [dx, dy, valid]) buffer.fill(0);
    numbers.forEach((k, i) => {
      const place = placeOf({ x: x[k], y: y[k] }, { frame: this.#frame, side: sizes.side });
      [starts[2 * i], starts[2 * i + 1]] = [place.column, place.row];
      [dx[i], dy[i]] = [place.dx, place.dy];
      [valid[i], own[i]] = [1, k];
    });
  }

  async #collect(
    { program, outputs }: SolverProgram,
    numbers: Int32Array,
    sums: { error: number; modelled: number; deviance: number },
  ): Promise<void> {
    const values = await Promise.all(outputs.map((name) => program.read(name)));
    const { columns, count } = this.options.patterns;
    outputs.forEach((name, which) => {
      const found = values[which];
      if (name === "error" || name === "modelled" || name === "deviance") {
        for (let i = 0; i < numbers.length; i++) sums[name] += found[i];
      } else if (name === "shiftX" || name === "shiftY") {
        const shifts = name === "shiftX" ? this.shifts.x : this.shifts.y;
        numbers.forEach((k, i) => shifts[k] = found[i]);
      } else {
        const column = columns.get(name);
        const width = (column?.length ?? 0) / count;
        numbers.forEach((k, i) => column?.set(found.subarray(i * width, (i + 1) * width), k * width));
      }
    });
  }

  [Symbol.dispose](): void {
    this.programs[Symbol.dispose]();
  }
}

/** Everything that a solver runs, by name. */
function tracersOf({ rule, constraints }: EngineOptions): Map<string, Tracer> {
  const tracers = new Map<string, Tracer>([["evaluate", evaluateBatch], ["illuminate", illuminateBatch]]);
  const { prepare } = rule;
  for (const [name, tracer] of rule.programs ?? []) tracers.set(name, tracer);
  if (prepare) tracers.set("prepare", (t) => prepare.batch(t));
  for (const [k, sweep] of rule.sweeps.entries()) {
    tracers.set(`sweep ${k}`, (t) => sweep.batch(t));
    const { end } = sweep;
    if (end) tracers.set(`end ${k}`, (t) => end(t));
  }
  for (const [name, tracer] of constraints) tracers.set(name, tracer);
  return tracers;
}

function evaluateBatch(t: Trace) {
  const { intensity } = forward(t);
  const good = t.sizes.masked ? f.multiply(intensity, t.state("mask")) : intensity;
  return { error: misfit(intensity, t), modelled: f.sum(good, [1, 2, 3]), deviance: deviance(intensity, t) };
}

function illuminateBatch(t: Trace): void {
  const { modes, side } = t.sizes;
  accumulate(t, { name: "illumination", part: overlapOf(f.reshape(t.probe, [1, modes, side, side]), t) });
}
