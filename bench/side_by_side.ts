/**
 * Our speed beside a peer's, in one go: training steps and inference of the calibrated network and batched transforms, on
 * the CPU, ours and the peer's in turn over several rounds.
 *
 * usage: deno run -A bench/side_by_side.ts [--peer PATH] [--python PROGRAM] [--threads N] [--rounds N] [--json]
 *   The peer is a script that prints a JSON line {"name", "seconds"} for each piece of work and takes `--threads N`. Without
 *   it ours alone is reported. Ratios are the peer's time over ours: higher is better.
 */
import { parseArgs } from "node:util";
import { openDevice } from "../src/device/open.ts";
import type { AnyDevice } from "../src/device/any.ts";
import { Weights } from "../src/nn/parameters.ts";
import type { BatchShape } from "../src/nn/profile.ts";
import { calibratedProfile } from "../src/nn/profiles/calibrated.ts";
import { Random } from "../src/scan/random.ts";
import { fft2 } from "../src/tensor/functions.ts";
import { Graph } from "../src/tensor/graph.ts";
import { compile } from "../src/tensor/program.ts";
import { Storage } from "../src/tensor/storage.ts";
import { tracePatches } from "../src/train/step.ts";
import { traceStep, trainingSpaces } from "../src/train/update.ts";

const { values: options } = parseArgs({
  options: {
    peer: { type: "string" },
    python: { type: "string", default: "/usr/bin/python3" },
    threads: { type: "string", default: "2" },
    rounds: { type: "string", default: "3" },
    json: { type: "boolean", default: false },
  },
});

/** Work by name, timed in milliseconds. */
type Timings = Map<string, number>;

const NETWORKS = [[64, 16], [64, 64], [128, 8]] as const;
const TRANSFORMS = [[64, 256], [128, 64], [256, 16]] as const;

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}

async function medianTime(run: () => Promise<void>, runs: number): Promise<number> {
  const times: number[] = [];
  for (let k = -2; k < runs; k++) {
    const begun = performance.now();
    await run();
    if (k >= 0) times.push(performance.now() - begun);
  }
  return median(times);
}

async function ours(device: AnyDevice): Promise<Timings> {
  const timings: Timings = new Map();
  for (const [size, batch] of NETWORKS) {
    const shape = { groups: batch, channels: 1, size, modes: 1, regionSize: size };
    timings.set(`train_n${size}_b${batch}`, await timeTraining(device, shape));
    timings.set(`infer_n${size}_b${batch}`, await timeInference(device, shape));
  }
  for (const [size, batch] of TRANSFORMS) {
    timings.set(`fft2_n${size}`, await timeTransform(device, { size, batch }));
  }
  return timings;
}

async function timeTraining(device: AnyDevice, shape: BatchShape): Promise<number> {
  const weights = new Weights();
  const traced = traceStep({ profile: calibratedProfile(), weights, shape, update: { optimizer: "adam" } });
  const storages = Object.values(trainingSpaces(weights)).map((space) => new Storage(device, space));
  for (const [name, values] of weights.initialValues(new Random(1))) storages[0].write(name, values);
  using program = await compile(device, { ...traced, storages });
  const time = await medianTime(async () => {
    fill(program, shape, traced.frozen);
    program.write("share", new Float32Array(shape.groups).fill(1 / shape.groups));
    program.write("hyper", Float32Array.of(1e-3, 0.9, 0.999, 1e-8, 0, 0, 0.1, 1e-3));
    program.run();
    await program.read("loss");
  }, 7);
  for (const storage of storages) storage[Symbol.dispose]();
  return time;
}

async function timeInference(device: AnyDevice, shape: BatchShape): Promise<number> {
  const weights = new Weights();
  const traced = tracePatches({ profile: calibratedProfile(), weights, shape });
  using storage = new Storage(device, weights.space);
  for (const [name, values] of weights.initialValues(new Random(1))) storage.write(name, values);
  using program = await compile(device, { ...traced, storages: [storage] });
  fill(program, shape, traced.frozen);
  return await medianTime(async () => {
    program.run();
    await program.read("patches");
  }, 7);
}

/** Writes seeded data for everything that the graph reads. */
function fill(
  program: { write(name: string, values: Float32Array): void },
  { groups, size }: BatchShape,
  frozen: ReadonlySet<string>,
): void {
  const random = new Random(2);
  const values = (count: number, value: () => number) => Float32Array.from({ length: count }, value);
  program.write("counts", values(groups * size * size, () => Math.floor(50 * random.uniform())));
  for (const name of frozen) {
    const complex = name !== "meanAmplitude";
    const words = name === "meanCount" ? 1 : size * size * (complex ? 2 : 1);
    program.write(name, values(words, () => name === "meanCount" ? 25 : random.normal()));
  }
}

async function timeTransform(
  device: AnyDevice,
  { size, batch }: { size: number; batch: number },
): Promise<number> {
  const graph = new Graph();
  const y = fft2(graph.input("x", [batch, size, size], "c64"), { shift: false });
  using program = await compile(device, { graph, outputs: { y } });
  program.write("x", Float32Array.from({ length: 2 * batch * size * size }, (_, i) => Math.sin(i)));
  return await medianTime(async () => {
    program.run();
    await device.finish();
  }, 15);
}

async function peer(path: string): Promise<Timings> {
  // A cap on the kernels of an OpenBLAS that some machines need would slow the peer down.
  const env = { ...Deno.env.toObject() };
  delete env.OPENBLAS_CORETYPE;
  delete env.OPENBLAS_L2_SIZE;
  const { stdout, success, stderr } = await new Deno.Command(options.python, {
    args: [path, "--threads", options.threads],
    env,
    clearEnv: true,
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  const lines = new TextDecoder().decode(stdout).trim().split("\n").map((line) => JSON.parse(line));
  return new Map(lines.map(({ name, seconds }) => [name, 1000 * seconds]));
}

const device = await openDevice({ accelerator: "wasm", threads: Number(options.threads) });
const rounds: { ours: Timings; peer?: Timings }[] = [];
for (let round = 0; round < Number(options.rounds); round++) {
  rounds.push({ ours: await ours(device), peer: options.peer ? await peer(options.peer) : undefined });
}
await device.dispose();

const table: Record<
  string,
  { ours_ms: number; peer_ms?: number; ratio?: number; spread?: [number, number] }
> = {};
for (const name of rounds[0].ours.keys()) {
  const mine = rounds.map((round) => round.ours.get(name) ?? NaN);
  const theirs = rounds.flatMap((round) => round.peer?.get(name) ?? []);
  const ratios = theirs.map((value, k) => value / mine[k]).sort((a, b) => a - b);
  const row = { ours_ms: Number(median(mine).toFixed(2)) };
  const round = (value: number) => Number(value.toFixed(3));
  table[name] = ratios.length === 0 ? row : {
    ...row,
    peer_ms: Number(median(theirs).toFixed(2)),
    ratio: round(median(ratios)),
    spread: [round(ratios[0]), round(ratios[ratios.length - 1])],
  };
}
if (options.json) console.log(JSON.stringify(table));
else console.table(table);
