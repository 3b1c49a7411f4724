/**
 * Our speed beside a peer's, in one go: training steps and inference of the calibrated network and batched transforms, on
 * the CPU, ours and the peer's in turn over several rounds.
 *
 * usage: deno run -A bench/side_by_side.ts [--peer PATH] [--python PROGRAM] [--peers NAMES] [--threads N] [--rounds N] [--json]
 *   The peer is a script that prints a JSON line {"name", "seconds"} for each piece of work and takes `--threads N`. Without
 *   it ours alone is reported. Ratios are the peer's time over ours: higher is better; `spread` is their smallest and
 *   largest over the rounds.
 *   `--peers onnxruntime-web,tfjs` adds these for inference, which is all that they can do on a CPU, 4 patterns at a time
 *   and scaled up; one that is not there is reported as absent.
 */
import { parseArgs } from "node:util";
import type { AnyDevice } from "../src/engine/devices/any.ts";
import { compile } from "../src/engine/plan/program.ts";
import { fft2 } from "../src/engine/graph/functions.ts";
import { Graph } from "../src/engine/graph/graph.ts";
import { openDevice } from "../src/engine/devices/open.ts";
import { Storage } from "../src/engine/plan/storage.ts";

import type { BatchShape } from "../src/network/model/trace_context.ts";
import { calibratedProfile } from "../src/network/model/profiles/calibrated.ts";
import { tracePatches } from "../src/network/training/step.ts";
import { traceStep, trainingSpaces } from "../src/network/training/update.ts";
import { Weights } from "../src/network/model/parameters.ts";

import { Random } from "../src/numeric/random.ts";

import { JS_PEERS, type JsPeer } from "./support/js_peers.ts";
import { median } from "./support/median.ts";

const { values: options } = parseArgs({
  options: {
    peer: { type: "string" },
    peers: { type: "string", default: "" },
    python: { type: "string", default: "/usr/bin/python3" },
    threads: { type: "string", default: "2" },
    rounds: { type: "string", default: "3" },
    json: { type: "boolean", default: false },
  },
});

/** Work by name, timed in milliseconds. */
type Timings = Map<string, number>;

const NETWORKS = [[64, 16], [64, 64], [128, 8]] as const;
/** The peer's network has three levels at every N. */
const PEER_NETWORK = { levels: 3 };
const TRANSFORMS = [[64, 256], [128, 64], [256, 16]] as const;

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
    const shape = { batchSize: batch, channels: 1, size, modes: 1, regionSize: size };
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
  const traced = traceStep({
    profile: calibratedProfile(PEER_NETWORK),
    weights,
    shape,
    update: { optimizer: "adam" },
  });
  const storages = Object.values(trainingSpaces(weights)).map((space) => new Storage(device, space));
  for (const [name, values] of weights.initialValues(new Random(1))) storages[0].write(name, values);
  using program = await compile(device, { ...traced, storages });
  const time = await medianTime(async () => {
    fill(program, shape, traced.frozen);
    program.write("share", new Float32Array(shape.batchSize).fill(1 / shape.batchSize));
    program.write("hyper", Float32Array.of(1e-3, 0.9, 0.999, 1e-8, 0, 0, 0.1, 1e-3));
    program.run();
    await program.read("loss");
  }, 7);
  for (const storage of storages) storage[Symbol.dispose]();
  return time;
}

async function timeInference(device: AnyDevice, shape: BatchShape): Promise<number> {
  const weights = new Weights();
  const traced = tracePatches({ profile: calibratedProfile(PEER_NETWORK), weights, shape });
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
  { batchSize, size }: BatchShape,
  frozen: ReadonlySet<string>,
): void {
  const random = new Random(2);
  const values = (count: number, value: () => number) => Float32Array.from({ length: count }, value);
  program.write("counts", values(batchSize * size * size, () => Math.floor(50 * random.uniform())));
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

/** Patterns that the JavaScript peers take at once: they need minutes for the large batches. */
const JS_BATCH = 4;

/** Inference by a JavaScript peer, scaled to our batch. */
async function jsTimings(open: JsPeer): Promise<Timings> {
  const timings: Timings = new Map();
  for (const size of new Set(NETWORKS.map(([n]) => n))) {
    const run = await open.inference({ size, batch: JS_BATCH });
    const time = await medianTime(run, 3);
    for (const [n, batch] of NETWORKS) {
      if (n === size) timings.set(`infer_n${n}_b${batch}`, time * batch / JS_BATCH);
    }
  }
  return timings;
}

async function openJsPeers(names: readonly string[]): Promise<JsPeer[]> {
  const peers: JsPeer[] = [];
  for (const name of names) {
    if (!JS_PEERS[name]) throw new Error(`--peers: ${name} is none of ${Object.keys(JS_PEERS).join(", ")}`);
    try {
      peers.push(await JS_PEERS[name](Number(options.threads)));
    } catch (error) {
      console.error(`${name}: absent (${error instanceof Error ? error.message : String(error)})`);
    }
  }
  return peers;
}

interface Row {
  readonly ours_ms: number;
  readonly peer_ms?: number;
  readonly ratio?: number;
  readonly spread?: readonly [number, number];
}

/** Medians of one piece of work; the ratio of every round is that of neighbours in time. */
function rowOf(mine: readonly number[], theirs: readonly number[]): Row {
  const round = (value: number, digits: number) => Number(value.toFixed(digits));
  const ours_ms = round(median(mine), 2);
  if (theirs.length === 0) return { ours_ms };
  const ratios = theirs.map((value, k) => value / mine[k]).sort((a, b) => a - b);
  const spread = [round(ratios[0], 3), round(ratios[ratios.length - 1], 3)] as const;
  return { ours_ms, peer_ms: round(median(theirs), 2), ratio: round(median(ratios), 3), spread };
}

const device = await openDevice({ accelerator: "wasm", threads: Number(options.threads) });
const jsPeers = await openJsPeers(options.peers.split(",").filter(Boolean));
const rounds: { ours: Timings; peer: Timings; js: Timings[] }[] = [];
for (let round = 0; round < Number(options.rounds); round++) {
  const mine = await ours(device);
  const js: Timings[] = [];
  for (const one of jsPeers) js.push(await jsTimings(one));
  rounds.push({ ours: mine, peer: options.peer ? await peer(options.peer) : new Map(), js });
}
await device.dispose();

/** All pieces of work against one peer. */
function compare(pick: (round: typeof rounds[number]) => Timings): Record<string, Row> {
  return Object.fromEntries([...rounds[0].ours.keys()].map((name) => {
    const mine = rounds.map((round) => round.ours.get(name) ?? NaN);
    return [name, rowOf(mine, rounds.flatMap((round) => pick(round).get(name) ?? []))];
  }));
}

const table = compare(({ peer }) => peer);
const others = Object.fromEntries(
  jsPeers.map(({ name }, k) => [
    name,
    Object.fromEntries(
      Object.entries(compare(({ js }) => js[k])).filter(([, { ratio }]) => ratio !== undefined),
    ),
  ]),
);
if (options.json) {
  console.log(JSON.stringify(jsPeers.length > 0 ? { ...table, others } : table));
} else {
  const printable = (rows: Record<string, Row>) =>
    Object.fromEntries(
      Object.entries(rows).map(([name, row]) => [name, { ...row, spread: row.spread?.join(" to ") }]),
    );
  console.table(printable(table));
  for (const [name, rows] of Object.entries(others)) {
    console.log(name);
    console.table(printable(rows));
  }
}
Deno.exit(0); // the workers of TensorFlow.js would keep the process alive
