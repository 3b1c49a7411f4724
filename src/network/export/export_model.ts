/**
 * A trained model as ONNX, for programs that do not have Plica.
 *
 * @module
 */
import { DataError, describeShape, PLICA_VERSION } from "../../common/mod.ts";
import { channelsOf } from "../../config/mod.ts";
import { Graph, lowerToOnnx, ONNX_OPSET, type Tensor } from "../../engine/mod.ts";
import { encodeOnnx } from "../../formats/mod.ts";
import type { Model } from "../model/model.ts";
import { Scope, Weights } from "../model/parameters.ts";
import { makeProfile } from "../model/profiles/make_profile.ts";
import { frozenInputs } from "../model/trace_context.ts";

/** Options of {@linkcode encodeModelOnnx}. */
export interface ExportOptions {
  /**
   * `counts`: photon counts [patterns, N, N], with all that is done to them. `network`: what the network itself sees,
   * the back-projected patterns [patterns, 2, N, N] of the calibrated profile, or the scaled patterns of groups
   * [groups, C, N, N] of the historical ones. Default counts.
   */
  readonly input?: "counts" | "network";
  /** SHA-256 of the weights, for the metadata. */
  readonly weightsSha256?: string;
}

/**
 * Encodes a model for opset 18. Outputs are `object_real`, `object_imag` and `amplitude`, and `phase` (rad) where the
 * network gives phases, each (patterns, N, N) with any number of patterns; those of a group follow one another. The
 * metadata say what the input is, N, the side of an object pixel and every scale. Throws `DataError` for a model without
 * the scales that its input needs, and `RangeError` for a network that ONNX cannot express.
 */
export function encodeModelOnnx(
  model: Model,
  { input = "counts", weightsSha256 }: ExportOptions = {},
): Uint8Array {
  const { config, size, weights: values, statistics } = model;
  const profile = makeProfile(config);
  const channels = profile.groupedInput ? channelsOf(config) : 1;
  const graph = new Graph(), weights = new Weights(), frozen = frozenInputs(graph);
  const counts = graph.input("counts", [channels, size, size]);
  const shape = { batchSize: 1, channels, size, modes: 1, regionSize: size };
  const context = { scope: new Scope(graph, weights), shape, counts, frozen };
  const given = input === "counts"
    ? profile.input(context)
    : graph.input("network_input", [1, profile.groupedInput ? channels : 2, size, size]);
  const { patches, amplitude, phase } = profile.predict(context, given);
  const outputs: Record<string, Tensor> = { object: patches, amplitude, ...(phase && { phase }) };
  const missing = [...frozen.names].find((name) => input === "counts" && !statistics.has(name));
  if (missing !== undefined) {
    throw new DataError({
      file: "model",
      key: missing,
      found: "a model without the scales of its input",
      expected: "one that was trained here",
      remedy: "export the network alone, with --input network",
    });
  }
  const constant = (name: string) => values.get(name)?.data ?? statistics.get(name)?.data;
  const { nodes, constants } = lowerToOnnx(graph, { outputs, constant });
  const patterns = ["patterns", size, size];
  const inputs = input === "counts"
    ? { name: "counts", shape: patterns }
    : { name: "network_input", shape: ["batch", ...given.shape.slice(1)] };
  const names = Object.keys(outputs).flatMap((name) =>
    name === "object" ? ["object_real", "object_imag"] : [name]
  );
  return encodeOnnx({
    name: `plica_${config.profile}`,
    producer: { name: "plica", version: PLICA_VERSION },
    opset: ONNX_OPSET,
    nodes,
    constants,
    inputs: [inputs],
    outputs: names.map((name) => ({ name, shape: patterns })),
    metadata: {
      profile: config.profile,
      gridsize: String(config.gridsize),
      channels: String(channels),
      N: String(size),
      input: input === "counts" ? "photon counts" : "input of the network",
      input_shape: describeShape(given.shape),
      program: `plica ${PLICA_VERSION}`,
      ...(model.pixelSizeM === undefined ? {} : { pixel_size_m: String(model.pixelSizeM) }),
      ...(weightsSha256 === undefined ? {} : { weights_sha256: weightsSha256 }),
      ...Object.fromEntries(
        [...statistics].flatMap(([name, { data, dtype }]) =>
          data.length === 1 && dtype === "f32" ? [[name, String(data[0])]] : []
        ),
      ),
    },
  });
}
