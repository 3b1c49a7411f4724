/**
 * Layers that the networks share.
 *
 * @module
 */
import { functions as f, type Tensor } from "../../engine/mod.ts";
import { type Initialiser, type Scope, uniformFanIn } from "./parameters.ts";

/** Options of {@linkcode convolution}. */
export interface ConvolutionOptions {
  readonly outputs: number;
  /** Kernel height and width. Default 3 x 3. */
  readonly kernel?: readonly [number, number];
  /** Default true. */
  readonly bias?: boolean;
  /** Default: PyTorch's. */
  readonly weight?: Initialiser;
  readonly biasInitial?: Initialiser;
}

/** Convolution with weights `weight` and `bias` of the scope. */
export function convolution(scope: Scope, x: Tensor, options: ConvolutionOptions): Tensor {
  const { outputs, kernel: [kh, kw] = [3, 3], bias = true } = options;
  const inputs = x.shape[1];
  const initial = uniformFanIn(inputs * kh * kw);
  const weight = scope.weight("weight", [outputs, inputs, kh, kw], options.weight ?? initial);
  if (!bias) return f.conv2d(x, { weight });
  return f.conv2d(x, { weight, bias: scope.weight("bias", [outputs], options.biasInitial ?? initial) });
}

/** conv 3x3, ReLU, conv 3x3, ReLU. */
export function convolutionPair(scope: Scope, x: Tensor, outputs: number): Tensor {
  const first = f.relu(convolution(scope.at("conv1"), x, { outputs }));
  return f.relu(convolution(scope.at("conv2"), first, { outputs }));
}

/** Dense layer [B,I] -> [B,O]. */
function denseLayer(scope: Scope, x: Tensor, outputs: number): Tensor {
  const inputs = x.shape[1];
  const initial = uniformFanIn(inputs);
  const product = f.dense(x, scope.weight("weight", [outputs, inputs], initial));
  return f.add(product, scope.weight("bias", [outputs], initial));
}

/** Scales channels by sigmoid(mlp(mean over pixels) + mlp(max over pixels)) (Woo et al. 2018, section 3.1). */
function channelGate(scope: Scope, x: Tensor): Tensor {
  const [batch, channels] = x.shape;
  const mlp = (pooled: Tensor) => {
    const flat = f.reshape(pooled, [batch, channels]);
    const hidden = f.relu(denseLayer(scope.at("mlp.1"), flat, Math.floor(channels / 16)));
    return denseLayer(scope.at("mlp.3"), hidden, channels);
  };
  const gate = f.sigmoid(f.add(mlp(f.mean(x, [2, 3])), mlp(f.max(x, [2, 3]))));
  return f.multiply(x, f.reshape(gate, [batch, channels, 1, 1]));
}

/** Scales pixels by sigmoid(conv 7x7 of the maximum and the mean over channels) (Woo et al. 2018, section 3.2). */
function spatialGate(scope: Scope, x: Tensor): Tensor {
  const pooled = f.concat([f.max(x, [1]), f.mean(x, [1])], 1);
  const compressed = convolution(scope.at("compress"), pooled, { outputs: 1, kernel: [7, 7], bias: false });
  return f.multiply(x, f.sigmoid(compressed));
}

/** Convolutional block attention: the channel gate, then the spatial gate. */
export function blockAttention(scope: Scope, x: Tensor): Tensor {
  return spatialGate(scope.at("SpatialGate"), channelGate(scope.at("ChannelGate"), x));
}

/** Scales channels by sigmoid of a 3-tap convolution over their means (Wang et al. 2020, ECA-Net). */
export function efficientChannelAttention(scope: Scope, x: Tensor): Tensor {
  const [batch, channels] = x.shape;
  const means = f.reshape(f.mean(x, [2, 3]), [batch, 1, 1, channels]);
  const weight = scope.at("conv").weight("weight", [1, 1, 3], uniformFanIn(3));
  const gate = f.sigmoid(f.conv2d(means, { weight: f.reshape(weight, [1, 1, 1, 3]) }));
  return f.multiply(x, f.reshape(gate, [batch, channels, 1, 1]));
}

/** relu(x + conv(relu(conv(relu(conv x))))) with the given inner width. */
export function residualRefinement(scope: Scope, x: Tensor, inner: number): Tensor {
  const block = scope.at("block");
  const first = f.relu(convolution(block.at("0"), x, { outputs: inner }));
  const second = f.relu(convolution(block.at("2"), first, { outputs: inner }));
  return f.relu(f.add(x, convolution(block.at("4"), second, { outputs: x.shape[1] })));
}
