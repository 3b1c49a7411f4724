/**
 * Benchmarks of a device: memory bandwidth and convolution.
 *
 * @module
 */
import { functions as f } from "../../../engine/mod.ts";
import { type AnyDevice, compile, Graph, type Tensor } from "../../../engine/mod.ts";

/** Measured speed of a device. */
export interface Speed {
  /** Of adding two arrays, bytes read and written counted. */
  readonly gigabytesPerSecond: number;
  /** Of a 3x3 convolution of 64 to 64 channels. */
  readonly gigaflopsPerSecond: number;
}

/** Values of each array that is added: 16 MiB. */
const VALUES = 1 << 22;
/** Patterns that are convolved at once. */
const BATCH = 4;
/** Runs are repeated until so much time has passed: engines compile a kernel again once it has been busy. */
const SECONDS = 0.3;
const LEAST_RUNS = 4;

/** Measures a device; takes about a second. */
export async function measureSpeed(device: AnyDevice): Promise<Speed> {
  const adding = await bestSeconds(device, (graph) => {
    return f.add(graph.input("a", [VALUES]), graph.input("b", [VALUES]));
  });
  const convolving = await bestSeconds(device, (graph) => {
    const weight = graph.input("weight", [64, 64, 3, 3]);
    return f.conv2d(graph.input("image", [BATCH, 64, 64, 64]), { weight });
  });
  const flops = 2 * BATCH * 64 * 64 * 64 * 64 * 9;
  return { gigabytesPerSecond: 12e-9 * VALUES / adding, gigaflopsPerSecond: 1e-9 * flops / convolving };
}

/** The shortest run of those that fit in a moment. */
async function bestSeconds(device: AnyDevice, trace: (graph: Graph) => Tensor): Promise<number> {
  const graph = new Graph();
  using program = await compile(device, { graph, outputs: { result: trace(graph) } });
  const first = performance.now();
  let best = Infinity;
  for (let run = 0; run < LEAST_RUNS || performance.now() - first < 1000 * SECONDS; run++) {
    const start = performance.now();
    program.run();
    await device.finish();
    best = Math.min(best, (performance.now() - start) / 1000);
  }
  return best;
}
