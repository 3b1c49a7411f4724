/**
 * Our WebGPU kernels beside those of TensorFlow.js, on the same adapter in the same process: single convolutions, and the
 * calibrated network forward and backward. Ratios are the peer's time over ours: higher is better.
 *
 * usage: deno run -A --no-lock bench/webgpu_vs_tfjs.ts [--batch N] [--rounds N] [--json]
 *   The peer is fetched from npm at a fixed version when the bench runs; nothing else depends on it.
 */
import { parseArgs } from "node:util";
import { compile } from "../src/engine/plan/program.ts";
import { gradients } from "../src/engine/graph/gradients.ts";
import { Graph } from "../src/engine/graph/graph.ts";
import { openDevice } from "../src/engine/devices/open.ts";
import { Storage } from "../src/engine/plan/storage.ts";
import { calibratedNetwork } from "../src/network/model/calibrated.ts";
import { Scope, Weights } from "../src/network/model/parameters.ts";

import { Random } from "../src/numeric/random.ts";
import * as f from "../src/engine/graph/functions.ts";

import { openPeer, type Peer } from "./support/tfjs.ts";

const { values: options } = parseArgs({
  options: {
    batch: { type: "string", default: "4" },
    rounds: { type: "string", default: "3" },
    json: { type: "boolean", default: false },
  },
});
const batch = Number(options.batch);
const device = await openDevice({ accelerator: "webgpu" });

/** One piece of work, done once; resolves when the adapter has finished it. */
type Run = () => Promise<void>;

/** The same work on both sides. */
interface Pair {
  readonly name: string;
  ours(): Promise<Run & Partial<Disposable>>;
  theirs(peer: Peer): Promise<Run>;
}

/** Channels, outputs and side of the convolutions. */
const SHAPES = [[64, 64, 64], [128, 128, 32], [256, 256, 16], [256, 128, 8]] as const;

const noise = (count: number, seed: number) => {
  const random = new Random(seed);
  return Float32Array.from({ length: count }, () => random.normal());
};

function convolutions(): Pair[] {
  return SHAPES.flatMap(([c, o, n]): Pair[] => {
    const name = `${c} -> ${o} at ${n}`;
    const shapes = { x: [batch, c, n, n], weight: [o, c, 3, 3] };
    return [
      {
        name: `conv2d ${name}`,
        ours: () => ourConvolution(shapes, false),
        theirs: (p) => p.convolution(shapes),
      },
      {
        name: `conv2d ${name} with gradients`,
        ours: () => ourConvolution(shapes, true),
        theirs: (p) => p.convolutionGradients(shapes),
      },
    ];
  });
}

async function ourConvolution(
  shapes: { x: readonly number[]; weight: readonly number[] },
  backward: boolean,
): Promise<Run> {
  const graph = new Graph();
  const [x, weight] = [graph.input("x", shapes.x), graph.input("weight", shapes.weight)];
  const y = f.conv2d(x, { weight });
  const [dx, dw] = backward ? gradients(f.sum(f.square(y)), { wrt: [x, weight] }) : [];
  const program = await compile(device, { graph, outputs: backward ? { dx, dw } : { y } });
  program.write("x", noise(shapes.x.reduce((a, b) => a * b), 1));
  program.write("weight", noise(shapes.weight.reduce((a, b) => a * b), 2));
  return async () => {
    program.run();
    await device.finish();
  };
}

/** Both maps from both channels, the sum of their squares, and its gradient by every weight. */
async function ourNetwork(): Promise<Run> {
  const graph = new Graph();
  const weights = new Weights();
  const { a, b } = calibratedNetwork(new Scope(graph, weights), graph.input("x", [batch, 2, 64, 64]));
  const loss = f.add(f.sum(f.square(a)), f.sum(f.square(b)));
  const tensors = weights.entries.map(({ name }) => graph.variable(weights.space, name));
  const found = gradients(loss, { wrt: tensors });
  const outputs = Object.fromEntries([["loss", loss], ...found.map((g, k) => [`g${k}`, g] as const)]);
  const storage = new Storage(device, weights.space);
  for (const [name, values] of weights.initialValues(new Random(1))) storage.write(name, values);
  const program = await compile(device, { graph, outputs, storages: [storage] });
  program.write("x", noise(batch * 2 * 64 * 64, 1));
  return async () => {
    program.run();
    await program.read("loss");
  };
}

async function time(run: Run): Promise<number> {
  const begun = performance.now();
  await run();
  return performance.now() - begun;
}

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1];

const peer = await openPeer();
const pairs: Pair[] = [
  ...convolutions(),
  { name: "network forward + backward", ours: ourNetwork, theirs: (p) => p.network(batch) },
];
const table: Record<string, { ours_ms: number; peer_ms: number; ratio: number; spread: number[] }> = {};
for (const pair of pairs) {
  const [ours, theirs] = [await pair.ours(), await pair.theirs(peer)];
  await ours(); // compiles and brings everything into place
  await theirs();
  const rounds: { ours: number; theirs: number }[] = [];
  for (let k = 0; k < Number(options.rounds); k++) {
    rounds.push({ ours: await time(ours), theirs: await time(theirs) });
  }
  const ratios = rounds.map((round) => round.theirs / round.ours).sort((a, b) => a - b);
  table[pair.name] = {
    ours_ms: Number(median(rounds.map((round) => round.ours)).toFixed(1)),
    peer_ms: Number(median(rounds.map((round) => round.theirs)).toFixed(1)),
    ratio: Number(median(ratios).toFixed(2)),
    spread: [ratios[0], ratios[ratios.length - 1]].map((ratio) => Number(ratio.toFixed(2))),
  };
}
await device.dispose();
if (options.json) console.log(JSON.stringify(table));
else {
  console.log(`${device.info.name}, batch ${batch}, against TensorFlow.js ${peer.version}`);
  console.table(table);
}
Deno.exit(0); // the peer keeps its device
