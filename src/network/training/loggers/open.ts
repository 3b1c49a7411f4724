/**
 * The loggers that the settings name, as one.
 *
 * @module
 */
import type { ExecutionConfig } from "../../../config/mod.ts";
import { type Logger, messageOf, silentLogger } from "../../../common/mod.ts";

import { noRunLogger, type RunLogger } from "../run/run_logger.ts";
import { CsvLogger } from "./csv.ts";
import { MlflowLogger, type MlflowTimes } from "./mlflow.ts";
import { TensorboardLogger } from "./tensorboard.ts";

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
 * The loggers that `execution.logger` names. None of them fails a run: the first thing that a logger cannot do is told
 * to the log, and the run goes on without that logger. Throws `OptionError` for an address that is none of a server.
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

/** Hands every report to all of `members`, and goes on without those that fail. */
export function together(
  members: readonly { readonly name: string; readonly to: RunLogger }[],
  logger: Logger = silentLogger,
): RunLogger {
  if (members.length === 0) return noRunLogger;
  const failed = new Set<string>();
  const each = async (report: (to: RunLogger) => Promise<void>) => {
    await Promise.all(
      members.filter(({ name }) => !failed.has(name)).map(async ({ name, to }) => {
        try {
          await report(to);
        } catch (error) {
          failed.add(name);
          logger.warn(`the logger ${name} failed (${messageOf(error)}); the run goes on without it`);
          await to.finish("failed").catch(() => undefined); // closes its files
        }
      }),
    );
  };
  return {
    start: (run) => each((to) => to.start(run)),
    scalars: (report) => each((to) => to.scalars(report)),
    image: (report) => each((to) => to.image(report)),
    artifact: (report) => each((to) => to.artifact(report)),
    finish: (status) => each((to) => to.finish(status)),
  };
}
