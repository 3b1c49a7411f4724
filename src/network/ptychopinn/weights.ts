/**
 * Weights of PtychoPINN's networks under our names: those of PyTorch have them already, those of Keras are counted.
 *
 * @module
 */
import { DataError, describeNames, describeShape } from "../../common/mod.ts";
import { channelsOf, type ModelConfig } from "../../config/mod.ts";
import { Graph } from "../../engine/mod.ts";
import { type KerasConvolution, type StoredArray, TorchTensor } from "../../formats/mod.ts";
import { historicalNetwork } from "../model/historical.ts";
import { Scope, Weights } from "../model/parameters.ts";
import { historicalOptions } from "../model/profiles/make_profile.ts";

/** Weights by name. */
export type WeightsByName = ReadonlyMap<string, StoredArray>;

const NETWORK = "autoencoder";
/** In front of the names of a Lightning module. */
const PREFIX = `model.${NETWORK}.`;
/** Scales of the physics, which inference does not use; s1 and s2 are ours as well. */
const FORWARD = "model.forward_model.";

/** Returns the weights of a state dictionary, the scales of real and imaginary part among them. */
export function torchWeights(state: unknown, { file, key }: { file: string; key: string }): WeightsByName {
  const refuse = (name: string, found: string, expected: string) =>
    new DataError({
      file,
      key: `${key}: ${name}`,
      found,
      expected,
      remedy:
        "use a model of PtychoPINN's convolutional network, with the program version that it was made for",
    });
  if (!(state instanceof Map)) throw refuse("state_dict", "no dictionary", "tensors by name");
  const weights = new Map<string, StoredArray>();
  for (const [name, tensor] of state) {
    if (typeof name !== "string" || !(tensor instanceof TorchTensor)) {
      throw refuse(String(name), "no tensor", "a tensor");
    }
    const own = { shape: tensor.shape, data: tensor.data };
    if (name.startsWith(PREFIX)) weights.set(`${NETWORK}.${name.slice(PREFIX.length)}`, own);
    else if (/^model\.forward_model\.rect_scaler\.s[12]$/.test(name)) weights.set(name.slice(-2), own);
    else if (!name.startsWith(FORWARD)) {
      throw refuse(name, "a tensor that is not known", `${PREFIX}* or ${FORWARD}*`);
    }
  }
  return weights;
}

/** Names the convolutions of a Keras model by the order in which PtychoPINN makes its layers. */
export function kerasWeights(
  layers: readonly KerasConvolution[],
  { file, levels }: { file: string; levels: { readonly encoder: number; readonly decoder: number } },
): WeightsByName {
  const pair = (path: string) => [`${path}.conv1`, `${path}.conv2`];
  const blocks = (path: string, count: number) =>
    Array.from({ length: count }, (_, k) => pair(`${path}.blocks.${k}`)).flat();
  const decoder = (path: string, head: string) => [
    ...pair(`${path}.${head}`),
    ...blocks(path, levels.decoder),
    ...pair(`${path}.${head}.conv_up_block`),
  ];
  const names = [
    ...blocks("encoder", levels.encoder),
    ...decoder("decoder_amp", "amp"),
    ...decoder("decoder_phase", "phase"),
  ];
  if (names.length !== layers.length) {
    throw new DataError({
      file,
      key: "model.keras",
      found: `${layers.length} convolutions`,
      expected: `${names.length}, as PtychoPINN's network has for these patterns`,
      remedy: "use a bundle of PtychoPINN's convolutional network",
    });
  }
  return new Map(
    layers.flatMap(({ weight, bias }, i) => [
      [`${NETWORK}.${names[i]}.weight`, weight] as const,
      [`${NETWORK}.${names[i]}.bias`, bias] as const,
    ]),
  );
}

/**
 * Completes settings that only the weights show: attention, and the channels that make the border of a patch.
 */
export function withShapes(config: ModelConfig, weights: WeightsByName): ModelConfig {
  const border = weights.get(`${NETWORK}.decoder_phase.phase.conv_up_block.conv1.weight`)?.shape;
  const channels = channelsOf(config);
  return {
    ...config,
    cbamEncoder: [...weights.keys()].some((name) => name.includes(".attention.")),
    ...(border && border[1] !== channels ? { borderChannels: border[1] } : {}),
    ...(border && border[0] !== 32 * config.nFiltersScale ? { borderWidth: border[0] } : {}),
  };
}

/**
 * Throws `DataError` where a weight of the network is missing, has another shape, or is one that the network does not
 * have: a model is never read in part.
 */
export function checkWeights(
  weights: WeightsByName,
  { config, size, file }: { readonly config: ModelConfig; readonly size: number; readonly file: string },
): void {
  const [graph, expected] = [new Graph(), new Weights()];
  const channels = channelsOf(config);
  const x = graph.input("x", [1, channels, size, size]);
  historicalNetwork(new Scope(graph, expected, NETWORK), x, { ...historicalOptions(config), size, channels });
  const shapes = new Map(expected.entries.map(({ name, shape }) => [name, describeShape(shape)]));
  const refuse = (key: string, found: string, expected: string) =>
    new DataError({
      file,
      key,
      found,
      expected,
      remedy: "use a model of PtychoPINN's convolutional network, whole",
    });
  for (const [name, shape] of shapes) {
    const found = weights.get(name);
    if (!found) throw refuse(name, "no such weight", `shape ${shape}`);
    if (describeShape(found.shape) !== shape) {
      throw refuse(name, `shape ${describeShape(found.shape)}`, shape);
    }
  }
  const unknown = [...weights.keys()].filter((name) => name.startsWith(`${NETWORK}.`) && !shapes.has(name));
  if (unknown.length > 0) {
    throw refuse(
      unknown[0],
      `weights that are not known (${describeNames(unknown, 3)})`,
      "those of the network alone",
    );
  }
}
