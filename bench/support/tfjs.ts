/**
 * TensorFlow.js on WebGPU, as much of it as the bench needs. It is no dependency of the program: fetched when the bench
 * runs, at fixed versions, and described here by the few types that are used.
 *
 * @module
 */
const VERSION = "4.22.0";

interface Tensor {
  data(): Promise<Float32Array>;
  dispose(): void;
}

/** The functions of TensorFlow.js that the bench calls. Images are NHWC, kernels HWIO. */
interface Core {
  setBackend(name: string): Promise<boolean>;
  ready(): Promise<void>;
  getBackend(): string;
  randomNormal(shape: readonly number[], mean?: number, deviation?: number): Tensor;
  zeros(shape: readonly number[]): Tensor;
  conv2d(x: Tensor, w: Tensor, strides: number, pad: "same"): Tensor;
  add(a: Tensor, b: Tensor): Tensor;
  square(a: Tensor): Tensor;
  sum(a: Tensor): Tensor;
  maxPool(x: Tensor, size: number, strides: number, pad: "valid"): Tensor;
  concat(tensors: readonly Tensor[], axis: number): Tensor;
  image: { resizeNearestNeighbor(x: Tensor, size: readonly [number, number]): Tensor };
  fused: {
    conv2d(options: {
      x: Tensor;
      filter: Tensor;
      strides: number;
      pad: "same";
      bias: Tensor;
      activation: "relu" | "linear";
    }): Tensor;
  };
  grads(loss: (...inputs: Tensor[]) => Tensor): (inputs: readonly Tensor[]) => Tensor[];
}

/** The peer's side of each piece of work; what is returned does it once. */
export interface Peer {
  readonly version: string;
  convolution(shapes: Shapes): Promise<() => Promise<void>>;
  convolutionGradients(shapes: Shapes): Promise<() => Promise<void>>;
  network(batch: number): Promise<() => Promise<void>>;
}

/** Shapes as ours are: [B, C, N, N] and [O, C, 3, 3]. */
export interface Shapes {
  readonly x: readonly number[];
  readonly weight: readonly number[];
}

/** Fetches and starts the peer on the machine's adapter. */
export async function openPeer(): Promise<Peer> {
  // the names are put together so that type checks and the lock file do not follow them
  const load = (name: string): Promise<unknown> => import(`npm:@tensorflow/${name}@${VERSION}`);
  const core = await load("tfjs") as Core; // tfjs-core by itself knows no gradients
  await load("tfjs-backend-webgpu");
  if (!await core.setBackend("webgpu")) throw new Error("TensorFlow.js cannot use WebGPU here");
  await core.ready();
  return {
    version: VERSION,
    convolution: (shapes) => Promise.resolve(convolution(core, shapes)),
    convolutionGradients: (shapes) => Promise.resolve(convolutionGradients(core, shapes)),
    network: (batch) => Promise.resolve(network(core, batch)),
  };
}

function operands(core: Core, { x: [b, c, h, w], weight: [o] }: Shapes): [Tensor, Tensor] {
  return [core.randomNormal([b, h, w, c]), core.randomNormal([3, 3, c, o])];
}

/** Waits for one value that depends on the work; reading whole images back would be timed too. */
async function settle(core: Core, results: readonly Tensor[]): Promise<void> {
  const totals = results.map((result) => core.sum(result));
  await Promise.all(totals.map((total) => total.data()));
  for (const tensor of [...results, ...totals]) tensor.dispose();
}

function convolution(core: Core, shapes: Shapes): () => Promise<void> {
  const [x, w] = operands(core, shapes);
  return () => settle(core, [core.conv2d(x, w, 1, "same")]);
}

function convolutionGradients(core: Core, shapes: Shapes): () => Promise<void> {
  const inputs = operands(core, shapes);
  const gradient = core.grads((x, w) => core.sum(core.square(core.conv2d(x, w, 1, "same"))));
  return () => settle(core, gradient(inputs));
}

/** The calibrated network of scale 2: see src/nn/calibrated.ts. */
function network(core: Core, batch: number): () => Promise<void> {
  const weights: Tensor[] = [];
  let cursor = 0;
  const forward = (params: readonly Tensor[] | undefined, x: Tensor): Tensor => {
    cursor = 0;
    const layer = (y: Tensor, inputs: number, outputs: number, relu = true) => {
      if (!params) {
        weights.push(core.randomNormal([3, 3, inputs, outputs], 0, 1 / Math.sqrt(9 * inputs)));
        weights.push(core.zeros([outputs]));
      }
      const [filter, bias] = (params ?? weights).slice(cursor, cursor += 2);
      return core.fused.conv2d({
        x: y,
        filter,
        bias,
        strides: 1,
        pad: "same",
        activation: relu ? "relu" : "linear",
      });
    };
    const pair = (y: Tensor, inputs: number, outputs: number) =>
      layer(layer(y, inputs, outputs), outputs, outputs);
    const skips: [Tensor, number][] = [];
    let [features, channels, side] = [x, 2, 64];
    for (const width of [64, 128, 256]) {
      const skip = pair(features, channels, width);
      skips.unshift([skip, width]);
      features = core.maxPool(skip, 2, 2, "valid");
      [channels, side] = [width, side / 2];
    }
    const decode = () => {
      let [y, inputs, size] = [features, channels, side];
      for (const [level, width] of [128, 64, 32].entries()) {
        const [skip, skipWidth] = skips[level];
        size *= 2;
        const up = core.image.resizeNearestNeighbor(pair(y, inputs, width), [size, size]);
        y = core.concat([up, skip], 3);
        inputs = width + skipWidth;
      }
      return core.sum(core.square(layer(y, inputs, 1, false)));
    };
    return core.add(decode(), decode());
  };
  const input = core.randomNormal([batch, 64, 64, 2]);
  forward(undefined, input).dispose();
  const gradient = core.grads((...params) => forward(params, input));
  return () => settle(core, gradient(weights));
}
