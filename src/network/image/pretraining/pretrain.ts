/**
 * Trains the image network on synthetic scans, which are made as they are needed and kept in a pool of the last ones.
 *
 * @module
 */
import { type Logger, silentLogger } from "../../../common/mod.ts";
import {
  adam,
  type AnyDevice,
  compile,
  functions as f,
  gradients,
  Graph,
  Storage,
} from "../../../engine/mod.ts";
import { Random } from "../../../numeric/mod.ts";
import { Scope, Weights } from "../../model/parameters.ts";
import { trainingSpaces } from "../../training/update.ts";
import type { ImageWeights } from "../apply.ts";
import { CHANNELS } from "../channels.ts";
import { imageNetwork } from "../unet.ts";
import { type CropBatch, cropBatch, type Example, fillCrop, makeExample } from "./examples.ts";
import { imageLoss } from "./objective.ts";

/** Crops of a step and their side. */
const BATCH = 8, SIDE = 64;
/** Scans in the pool. */
const POOL = 300;
/** Largest rate of Adam, steps until it is reached, and the largest norm of a gradient. */
const RATE = 1e-3, WARM_UP = 100, CLIP = 1;

/** Options of {@linkcode pretrain}. */
export interface PretrainOptions {
  readonly device: AnyDevice;
  /** Scans that are made. */
  readonly scans: number;
  /** Steps on the pool after each new scan. Default 12. */
  readonly stepsPerScan?: number;
  /** Default 1. */
  readonly seed?: number;
  /** Where to begin. Default: random weights. */
  readonly initial?: ImageWeights;
  readonly logger?: Logger;
  readonly signal?: AbortSignal;
  /** Is told the mean loss and a way to copy the weights, after every scan. */
  readonly onScan?: (report: PretrainReport) => Promise<void> | void;
}

/** How far a training is. */
export interface PretrainReport {
  readonly scans: number;
  /** Over about the last 50 steps. */
  readonly loss: number;
  readonly weights: () => Promise<ImageWeights>;
}

/** Trains; the same options give the same weights on the same machine. Ends early, with what is reached, by the signal. */
export async function pretrain(options: PretrainOptions): Promise<ImageWeights> {
  const { device, scans, stepsPerScan = 12, seed = 1, logger = silentLogger, signal, onScan } = options;
  using step = await openStep(device, options.initial, seed);
  const random = new Random(seed, "crops");
  const pool: Example[] = [];
  const batch = cropBatch(BATCH, SIDE);
  let loss = NaN, done = 0;
  for (let k = 0; k < scans && !signal?.aborted; k++) {
    const example = await exampleOf(seed, k, { device, signal, logger });
    if (!example) continue;
    pool[k % POOL] = example;
    for (let s = 0; s < stepsPerScan; s++) {
      for (let b = 0; b < BATCH; b++) {
        const drawn = pool[Math.floor(random.uniform() * pool.length)] ?? example;
        fillCrop(batch, b, { example: drawn, side: SIDE, random });
      }
      const value = await step.run(batch, rateAt(++done, scans * stepsPerScan));
      loss = Number.isNaN(loss) ? value : 0.98 * loss + 0.02 * value;
    }
    await onScan?.({ scans: k + 1, loss, weights: () => step.weights() });
  }
  return await step.weights();
}

/** Settings drawn at random may not work together; such a scan is left out. */
async function exampleOf(
  seed: number,
  k: number,
  { device, signal, logger }: { device: AnyDevice; signal?: AbortSignal; logger: Logger },
): Promise<Example | undefined> {
  try {
    const example = await makeExample(1_000_000 * seed + k, { device, signal });
    return Math.min(example.input.height, example.input.width) < SIDE ? undefined : example;
  } catch (error) {
    if (signal?.aborted || !(error instanceof Error)) throw error;
    logger.debug(`scan ${k} is left out: ${error.message}`);
    return undefined;
  }
}

/** Up a line, then down a cosine. */
function rateAt(step: number, steps: number): number {
  return RATE * Math.min(1, step / WARM_UP) * (0.51 + 0.49 * Math.cos(Math.PI * step / steps));
}

interface Step extends Disposable {
  run(batch: CropBatch, rate: number): Promise<number>;
  weights(): Promise<ImageWeights>;
}

async function openStep(device: AnyDevice, initial: ImageWeights | undefined, seed: number): Promise<Step> {
  const graph = new Graph(), weights = new Weights("image network");
  const plane = (name: string) => graph.input(name, [BATCH, 1, SIDE, SIDE]);
  const channels = graph.input("channels", [BATCH, CHANNELS, SIDE, SIDE]);
  const planes = { re: plane("re"), im: plane("im"), noise: plane("noise") };
  const image = imageNetwork(new Scope(graph, weights), channels, planes);
  const target = {
    re: plane("truthRe"),
    im: plane("truthIm"),
    weight: plane("weight"),
    scale: graph.input("scale", [BATCH, 1, 1, 1]),
  };
  const loss = imageLoss(image, target, planes.noise);
  const spaces = trainingSpaces(weights);
  const names = weights.entries.map(({ name }) => name);
  const slopes = gradients(loss, { wrt: names.map((name) => graph.variable(spaces.weights, name)) });
  names.forEach((name, k) => graph.assign(graph.variable(spaces.gradients, name), slopes[k]));
  const whole = graph.whole(spaces.gradients);
  const norm = f.sqrt(f.sum(f.square(whole)));
  const one = f.offset(f.scale(norm, 0), 1);
  const factor = f.minimum(one, f.divide(f.scale(one, CLIP), f.offset(norm, 1e-6)));
  const moments = [graph.whole(spaces.moment1), graph.whole(spaces.moment2)];
  const hyper = graph.input("hyper", [8]);
  graph.apply(adam, [graph.whole(spaces.weights), f.multiply(whole, factor), ...moments, hyper], {});
  const storages = Object.values(spaces).map((space) => new Storage(device, space));
  const [stored] = storages;
  for (const [name, values] of initial ?? weights.initialValues(new Random(seed, "image network"))) {
    stored.write(name, values);
  }
  const program = await compile(device, { graph, outputs: { loss }, storages });
  let steps = 0;
  return {
    async run(batch, rate) {
      for (const [name, values] of Object.entries(batch)) program.write(name, values);
      steps++;
      program.write(
        "hyper",
        Float32Array.of(rate, 0.9, 0.99, 1e-8, 0, 0, 1 - 0.9 ** steps, 1 - 0.99 ** steps),
      );
      program.run();
      return (await program.read("loss"))[0];
    },
    weights: () => stored.read(),
    [Symbol.dispose]() {
      program[Symbol.dispose]();
      for (const storage of storages) storage[Symbol.dispose]();
    },
  };
}
