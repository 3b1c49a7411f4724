/**
 * The door of `config`.
 *
 * @module
 */
export type { ExecutionConfig } from "./execution.ts";
export { CONFIGURED_COMMANDS, type FieldInfo, formatValue, isDefault, type SectionName } from "./field.ts";
export { readConfigFile } from "./file.ts";
export type { InferenceConfig } from "./inference.ts";
export {
  bundleLayer,
  type CheckedLayer,
  checkLayer,
  type ConfigLayer,
  LAYER_ORDER,
  valueIn,
} from "./layers.ts";
export { channelsOf, type ModelConfig, modelSchema } from "./model.ts";
export { type ConfigInput, refuseUnknown, resolvedConfig } from "./options.ts";
export { resolveConfig, type ResolvedConfig } from "./resolve.ts";
export { type Config, configFields, configJsonSchema, fieldsOf, type PartialConfig } from "./schema.ts";
export type { SimulationConfig } from "./simulation.ts";
export { type SolverConfig, solverSchema } from "./solver.ts";
export type { TrainingConfig } from "./training.ts";
export { type CheckedValue, checkValue, fromText } from "./value.ts";
