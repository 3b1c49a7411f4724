/**
 * Other ways to run the calibrated network on the CPU inside a JavaScript engine: onnxruntime-web and TensorFlow.js, both
 * on WebAssembly. They are no dependencies of the program: loaded where they are asked for, at fixed versions.
 *
 * @module
 */
import { onnxNetwork } from "./onnx_network.ts";

/** Sizes of a forward pass. */
export interface Pass {
  readonly batch: number;
  readonly size: number;
}

/** A peer that runs the network forward. */
export interface JsPeer {
  /** With the version and the threads that it really uses. */
  readonly name: string;
  /** Prepares a pass; what is returned runs it once. */
  inference(pass: Pass): Promise<() => Promise<void>>;
}

/** Peers by the name that they are asked for with. */
export const JS_PEERS: Readonly<Record<string, (threads: number) => Promise<JsPeer>>> = {
  "onnxruntime-web": openOnnxRuntime,
  tfjs: openTensorFlow,
};

const ONNX_RUNTIME = "1.22.0";
const TENSORFLOW = "4.22.0";

// the names are put together so that type checks and the lock file do not follow them
const load = (name: string, version: string, part = ""): Promise<unknown> =>
  import(`npm:${name}@${version}${part}`);

interface OnnxRuntime {
  env: { wasm: { numThreads: number } };
  Tensor: new (type: "float32", data: Float32Array, dims: readonly number[]) => { dispose(): void };
  InferenceSession: {
    create(model: Uint8Array): Promise<{ run(inputs: Record<string, unknown>): Promise<unknown> }>;
  };
}

async function openOnnxRuntime(): Promise<JsPeer> {
  const runtime = await load("onnxruntime-web", ONNX_RUNTIME, "/wasm") as OnnxRuntime;
  // its threads are workers made from a blob that imports relative addresses, which Deno refuses
  runtime.env.wasm.numThreads = 1;
  return {
    name: `onnxruntime-web ${ONNX_RUNTIME}, 1 thread`,
    async inference({ batch, size }) {
      const session = await runtime.InferenceSession.create(onnxNetwork({ batch, size }));
      const values = Float32Array.from({ length: batch * 2 * size * size }, Math.random);
      const x = new runtime.Tensor("float32", values, [batch, 2, size, size]);
      return async () => void await session.run({ x });
    },
  };
}

interface Tensor {
  data(): Promise<Float32Array>;
  dispose(): void;
}

interface TensorFlow {
  setBackend(name: string): Promise<boolean>;
  ready(): Promise<void>;
  tidy<T>(run: () => T): T;
  randomNormal(shape: readonly number[], mean?: number, deviation?: number): Tensor;
  maxPool(x: Tensor, size: number, strides: number, pad: "valid"): Tensor;
  concat(tensors: readonly Tensor[], axis: number): Tensor;
  image: { resizeNearestNeighbor(x: Tensor, size: readonly [number, number]): Tensor };
  fused: { conv2d(options: Record<string, unknown>): Tensor };
}

async function openTensorFlow(): Promise<JsPeer> {
  const core = await load("@tensorflow/tfjs-core", TENSORFLOW) as TensorFlow;
  const backend = await load("@tensorflow/tfjs-backend-wasm", TENSORFLOW) as { getThreadsCount(): number };
  if (!await core.setBackend("wasm")) {
    throw new Error("TensorFlow.js cannot use its WebAssembly backend here");
  }
  await core.ready();
  const threads = backend.getThreadsCount();
  return {
    name: `TensorFlow.js ${TENSORFLOW} (wasm), ${threads} thread${threads > 1 ? "s" : ""}`,
    inference: (pass) => Promise.resolve(tensorFlowPass(core, pass)),
  };
}

function tensorFlowPass(core: TensorFlow, { batch, size }: Pass): () => Promise<void> {
  const weights: Tensor[] = [];
  let cursor = 0;
  const layer = (x: Tensor, inputs: number, outputs: number, activation = "relu") => {
    weights[cursor] ??= core.randomNormal([3, 3, inputs, outputs], 0, 1 / Math.sqrt(9 * inputs));
    return core.fused.conv2d({ x, filter: weights[cursor++], strides: 1, pad: "same", activation });
  };
  const pair = (x: Tensor, inputs: number, outputs: number) =>
    layer(layer(x, inputs, outputs), outputs, outputs);
  const forward = (x: Tensor): Tensor[] => {
    cursor = 0;
    const skips: [Tensor, number][] = [];
    let [features, channels] = [x, 2];
    for (const width of [64, 128, 256]) {
      const skip = pair(features, channels, width);
      skips.unshift([skip, width]);
      [features, channels] = [core.maxPool(skip, 2, 2, "valid"), width];
    }
    return [0, 1].map(() => {
      let [y, inputs, side] = [features, channels, size / 8];
      for (const [level, width] of [128, 64, 32].entries()) {
        const [skip, skipWidth] = skips[level];
        side *= 2;
        const up = core.image.resizeNearestNeighbor(pair(y, inputs, width), [side, side]);
        [y, inputs] = [core.concat([up, skip], 3), width + skipWidth];
      }
      return layer(y, inputs, 1, "linear");
    });
  };
  const input = core.randomNormal([batch, size, size, 2]);
  // outside of tidy, which would dispose of them
  for (const result of forward(input)) result.dispose();
  return async () => {
    const results = core.tidy(() => forward(input));
    await Promise.all(results.map((result) => result.data()));
    for (const result of results) result.dispose();
  };
}
