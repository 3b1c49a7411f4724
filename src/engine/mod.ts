/**
 * The door of `engine`.
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
export { Layout, type Space } from "./graph/space.ts";
export { Storage } from "./plan/storage.ts";
