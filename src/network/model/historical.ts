/**
 * The historical network: the convolutional autoencoder of PtychoPINN (Hoidn et al., Sci. Rep. 2023), kept for
 * comparison and for old models.
 *
 * @module
 */
import { functions as f, type Tensor } from "../../engine/mod.ts";
import {
  blockAttention,
  convolution,
  convolutionPair,
  efficientChannelAttention,
  residualRefinement,
} from "./layers.ts";
import type { Scope } from "./parameters.ts";

/** Options of the historical network. */
export interface HistoricalOptions {
  /** Side of a pattern: 64, 128 or 256. */
  readonly size: number;
  /** Output channels: patches of a group. */
  readonly channels: number;
  /** s: widths are multiples of it. Default 2. */
  readonly filtersScale?: number;
  /** Attention in the encoder. Default true. */
  readonly attention?: boolean;
  /** One decoder for both maps. Default false. */
  readonly sharedDecoder?: boolean;
  /** Meaning of the two maps. Default amp_phase. */
  readonly outputMode?: "amp_phase" | "real_imag";
  /** Activation of the amplitude. Default silu. */
  readonly amplitudeActivation?: "silu" | "sigmoid" | "softplus" | "relu";
  /** Channels of the last decoder block that make the border of a patch. Default: as many as patches. */
  readonly borderChannels?: number;
  /** Channels between the two convolutions of the border. Default: those of the last decoder block. */
  readonly borderWidth?: number;
}

/** Two real maps [B, C, N, N]: amplitude and phase, or real and imaginary part. */
export interface TwoMaps {
  readonly a: Tensor;
  readonly b: Tensor;
}

type Activation = (x: Tensor) => Tensor;

/** Widths of encoder and decoder blocks in units of s. */
export const HISTORICAL_WIDTHS: Readonly<
  Record<number, { encoder: readonly number[]; decoder: readonly number[] }>
> = {
  64: { encoder: [32, 64, 128], decoder: [64, 32] },
  128: { encoder: [16, 32, 64, 128], decoder: [128, 64, 32] },
  256: { encoder: [8, 16, 32, 64, 128], decoder: [256, 128, 64, 32] },
};

/** Returns the network on [B, C, N, N] (or [B, 1, N, N]). Throws `RangeError` for other sizes. */
export function historicalNetwork(scope: Scope, x: Tensor, options: HistoricalOptions): TwoMaps {
  const { size, channels, filtersScale: s = 2, attention = true, sharedDecoder = false } = options;
  const widths = HISTORICAL_WIDTHS[size];
  if (!widths) throw new RangeError(`the historical network has no size ${size}: use 64, 128 or 256`);
  const encoder = scope.at("encoder");
  let features = x;
  widths.encoder.forEach((width, k) => {
    const block = encoder.at(`blocks.${k}`);
    const pair = convolutionPair(block, features, width * s);
    features = f.maxPool2(attention ? blockAttention(block.at("attention"), pair) : pair);
  });
  const [activateA, activateB] = activations(options);
  const decoderWidths = widths.decoder.map((width) => width * s);
  if (sharedDecoder) {
    const raw = sharedDecoderMaps(scope.at("decoder_shared"), features, {
      widths: decoderWidths,
      size,
      channels,
    });
    const half = (start: number) => f.slice(raw, { axis: 1, start, count: channels });
    return { a: activateA(half(0)), b: activateB(half(channels)) };
  }
  const decode = (name: string, head: string, activation: Activation) => {
    const decoder = scope.at(name);
    const up = decoderBlocks(decoder, features, decoderWidths);
    const { borderChannels, borderWidth } = options;
    return mapHead(decoder.at(head), up, {
      outputs: channels,
      size,
      activation,
      border: f.silu,
      borderChannels,
      borderWidth,
    });
  };
  return { a: decode("decoder_amp", "amp", activateA), b: decode("decoder_phase", "phase", activateB) };
}

/** log(1 + exp x), without overflow. */
const softplus: Activation = (x) => f.add(f.relu(x), f.log(f.offset(f.exp(f.negate(f.abs(x))), 1)));

const AMPLITUDES = { silu: f.silu, sigmoid: f.sigmoid, softplus, relu: f.relu } as const;

function activations(options: HistoricalOptions): [Activation, Activation] {
  if (options.outputMode === "real_imag") {
    return [(x) => f.offset(f.tanh(x), 0.2), (x) => f.scale(f.tanh(x), 1.2)];
  }
  return [AMPLITUDES[options.amplitudeActivation ?? "silu"], (x) => f.scale(f.tanh(x), Math.PI)];
}

function upBlock(scope: Scope, x: Tensor, width: number): Tensor {
  return f.upsample2(convolutionPair(scope, x, width));
}

function decoderBlocks(scope: Scope, x: Tensor, widths: readonly number[]): Tensor {
  return widths.reduce((y, width, k) => upBlock(scope.at(`blocks.${k}`), y, width), x);
}

function sharedDecoderMaps(
  scope: Scope,
  x: Tensor,
  { widths, size, channels }: { widths: readonly number[]; size: number; channels: number },
): Tensor {
  let y = x;
  widths.forEach((width, k) => {
    y = upBlock(scope.at(`blocks.${k}`), y, width);
    const inner = k === widths.length - 1 ? 2 * width : width;
    y = residualRefinement(scope.at(`refinement_blocks.${k}`), y, inner);
  });
  y = efficientChannelAttention(scope.at("eca"), y);
  const plain: Activation = (raw) => raw;
  return mapHead(scope.at("head"), y, { outputs: 2 * channels, size, activation: plain, border: f.silu });
}

interface MapHeadOptions extends Pick<HistoricalOptions, "borderChannels" | "borderWidth"> {
  readonly outputs: number;
  readonly size: number;
  readonly activation: Activation;
  readonly border: Activation;
}

/**
 * From features [B, 32s, N/2, N/2] to maps [B, outputs, N, N]: all but the last channels make the central half, the
 * last ones a border of width N/4 by another up-sampling.
 */
function mapHead(
  scope: Scope,
  x: Tensor,
  options: MapHeadOptions,
): Tensor {
  const [batch, width] = x.shape;
  const { outputs, size, activation, border, borderChannels = outputs, borderWidth = width } = options;
  const quarter = size / 4;
  const inner = f.slice(x, { axis: 1, start: 0, count: width - borderChannels });
  const outer = f.slice(x, { axis: 1, start: width - borderChannels, count: borderChannels });
  const centre = activation(convolution(scope.at("conv1"), inner, { outputs }));
  const whole = border(
    convolution(scope.at("conv2"), upBlock(scope.at("conv_up_block"), outer, borderWidth), { outputs }),
  );
  const middle = { start: [0, 0, quarter, quarter], shape: [batch, outputs, size / 2, size / 2] };
  const central = f.subtract(centre, f.crop(whole, middle));
  return f.add(whole, f.pad(central, { before: middle.start, shape: whole.shape }));
}
