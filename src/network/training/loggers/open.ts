/**
 * The loggers that the settings name, as one.
 *
 * @module
 */
import type { ExecutionConfig } from "../../../config/mod.ts";
import { type Logger, silentLogger } from "../../../common/mod.ts";

import type { RunLogger } from "../run/run_logger.ts";
import { CsvLogger } from "./csv.ts";
import { MlflowLogger, type MlflowTimes } from "./mlflow.ts";
import { TensorboardLogger } from "./tensorboard.ts";
import { together } from "./together.ts";

/** Options of {@linkcode openRunLogger}. */
export interface OpenRunLoggerOptions {
  /** Folder of the run: `metrics.csv`, `tensorboard/` and `mlflow.json` go there. */
  readonly folder: string;
  /** Logs what could not be delivered. */
  readonly logger?: Logger;
  /** The header `Authorization` for the MLflow server, where it asks for one. */
  readonly mlflowAuthorization?: string;
  readonly mlflowTimes?: Partial<MlflowTimes>;
}

/**
 * Opens the loggers that `execution.logger` names. None of them fails a run: the first failure of a logger is written
 * to the log, and the run goes on without it. Throws `OptionError` for an invalid server address.
 */
export function openRunLogger(execution: ExecutionConfig, options: OpenRunLoggerOptions): RunLogger {
  const { folder, logger = silentLogger, mlflowAuthorization, mlflowTimes } = options;
  const make: Readonly<Record<ExecutionConfig["logger"][number], () => RunLogger>> = {
    csv: () => new CsvLogger(`${folder}/metrics.csv`),
    tensorboard: () => new TensorboardLogger(`${folder}/tensorboard`),
    mlflow: () =>
      new MlflowLogger({
        trackingUri: execution.mlflowTrackingUri,
        experimentName: execution.experimentName,
        folder,
        logger,
        authorization: mlflowAuthorization,
        times: mlflowTimes,
      }),
  };
  return together(execution.logger.map((name) => ({ name, to: make[name]() })), logger);
}
