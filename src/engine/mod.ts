/**
 * Array programs on any device: computes a graph of tensor operations, and its gradients, on a GPU through WebGPU, on a
 * CPU through WebAssembly, or in float64 as the reference. Knows tensors, not optics.
 *
 * In goes a {@linkcode Graph}, traced with {@linkcode functions} and {@linkcode gradients} over named tensors of a
 * {@linkcode Space}, and a device of {@linkcode openDevice}. Out comes a {@linkcode Program} of {@linkcode compile}:
 * inputs are written, it runs any number of times, outputs are read. {@linkcode Storage} holds what outlives a run.
 *
 * Imports `common` and `host`, and the kernels in `kernels/` and `wasm/`. Inside, imports go one way: `devices` (memory
 * and calls), `graph/types` and `graph/graph` (tensors, the record of an operation), `ops/<family>` (operations and
 * their plans for each device), `graph/functions` and `graph/gradients`, `plan` (fusion, memory, programs).
 *
 * @module
 */
export type { AnyDevice } from "./devices/any.ts";

export {
  DeviceError,
  type DeviceInfo,
  type DeviceKind,
  DeviceLostError,
  DeviceMemoryError,
} from "./devices/device.ts";
export { tuneDevice } from "./devices/tune.ts";
export { openDevice, type OpenDeviceOptions } from "./devices/open.ts";

export * as functions from "./graph/functions.ts";

export { gradients } from "./graph/gradients.ts";
export { Graph, type Tensor } from "./graph/graph.ts";

export { sizeOf, type TensorType } from "./graph/types.ts";

export { adam } from "./ops/optimiser/adam.ts";
export { sgd } from "./ops/optimiser/sgd.ts";

export { usesOf } from "./plan/fuse.ts";
export { arenaBytesOf, compile, type PlanRow, type Program } from "./plan/program.ts";
export { lowerToOnnx, ONNX_OPSET } from "./onnx/lower.ts";
export { Layout, type Space } from "./graph/space.ts";
export { Storage } from "./plan/storage.ts";
