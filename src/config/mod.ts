/**
 * Settings: one schema behind flags, help, reference page, JSON Schema and provenance.
 *
 * In: layers of settings, from a program, a file, flags, a bundle or the metadata of a data set. Each layer is
 * checked once (`checkLayer`), then all are resolved (`resolveConfig`); every task takes `config`, resolved or
 * partial, through `resolvedConfig`, and refuses unknown options by `refuseUnknown`.
 *
 * Out: a configuration whose every value is known and knows its layer. Defaults stand here and nowhere else, and so
 * does the rule for C (`channelsOf`).
 *
 * Imports `deps` and `common` alone. Every wing above may import it.
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
export { type Algorithm, type SolverConfig, solverSchema } from "./solver.ts";
export type { TrainingConfig } from "./training.ts";
export { type CheckedValue, checkValue, fromText } from "./value.ts";
