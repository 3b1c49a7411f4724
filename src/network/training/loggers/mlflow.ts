/**
 * A run reported to an MLflow server over its REST API, in the background.
 *
 * @module
 */
import { isRecord, type Logger, messageOf, pause, silentLogger } from "../../../common/mod.ts";
import { files, writeFileAtomic } from "../../../host/mod.ts";

import type {
  ArtifactReport,
  ImageReport,
  RunLogger,
  RunStart,
  RunStatus,
  ScalarReport,
} from "../run/run_logger.ts";
import { MlflowClient, MlflowUnreachableError } from "./mlflow_client.ts";
import {
  describeWaiting,
  fromJson,
  LARGEST_BATCH,
  type Metric,
  MlflowQueue,
  toJson,
} from "./mlflow_queue.ts";
import { MlflowRun } from "./mlflow_run.ts";

/** Options of {@linkcode MlflowLogger}. */
export interface MlflowLoggerOptions {
  readonly trackingUri: string;
  readonly experimentName: string;
  /** Of the run; default the name of the folder. */
  readonly runName?: string;
  /** Folder of the run: it keeps which run of the server it is, and what could not be sent. */
  readonly folder: string;
  /** The header `Authorization`, where the server asks for one. */
  readonly authorization?: string;
  readonly logger?: Logger;
  /** Times in milliseconds; the defaults suit a server on a network. */
  readonly times?: Partial<MlflowTimes>;
}

/** In milliseconds. */
export interface MlflowTimes {
  /** A call without an answer counts as not answered. Default 10 s. */
  readonly call: number;
  /** Between two tries, doubled from the first to the last. Default 1 s and 30 s. */
  readonly retryFirst: number;
  readonly retryLast: number;
  /** At the end of the run, what still waits is sent for this long. Default 60 s. */
  readonly end: number;
  /** The same while the server is away. Default 10 s. */
  readonly endAway: number;
}

const TIMES: MlflowTimes = {
  call: 10_000,
  retryFirst: 1000,
  retryLast: 30_000,
  end: 60_000,
  endAway: 10_000,
};
const STATUS = { finished: "FINISHED", interrupted: "KILLED", failed: "FAILED" } as const;

/** In the folder of the run: its place at the server, and what was not sent. */
const MLFLOW_FILE = "mlflow.json";

/**
 * Reports to MLflow. Nothing waits for the server: reports are queued and sent by a task in the background, tried again
 * while the server is away. `finish` waits for a bounded time; what is unsent then stays in `mlflow.json` in the folder
 * of the run and is sent when the run is resumed. Metrics of epochs have their own names, those of steps `step/NAME`.
 */
export class MlflowLogger implements RunLogger {
  readonly #queue = new MlflowQueue();
  readonly #stop = new AbortController();
  /** The run is over: what waits is tried at once. */
  readonly #hurry = new AbortController();
  readonly #times: MlflowTimes;
  readonly #run: MlflowRun;
  #pump: Promise<void> | undefined;
  #away = false;
  /** The server will never take this run: nothing is sent any more. */
  #given = false;

  /** Throws `OptionError` for an address that is none of a server. */
  constructor(private readonly options: MlflowLoggerOptions) {
    const { trackingUri, experimentName, authorization, folder, runName = nameOf(folder) } = options;
    this.#times = { ...TIMES, ...options.times };
    const signal = this.#stop.signal;
    const client = new MlflowClient({ trackingUri, authorization, signal, timeoutMs: this.#times.call });
    this.#run = new MlflowRun(client, { experimentName, runName, onKnown: () => this.#keep() });
  }

  async start({ parameters, resumedFrom }: RunStart): Promise<void> {
    const kept = resumedFrom ? await this.#read() : undefined;
    if (kept?.runId) {
      this.#run.continue(kept.runId);
      for (const operation of kept.unsent) this.#queue.add(operation);
    }
    // parameters of a run cannot be changed, so a run that goes on keeps those that it has
    if (!kept?.runId || kept.unsent.some(({ kind }) => kind === "parameters")) {
      this.#addParameters(parameters);
    }
    this.#work();
  }

  scalars({ of, step, values }: ScalarReport): Promise<void> {
    const timestamp = Date.now();
    const metrics = Object.entries(values).flatMap(([name, value]): Metric[] =>
      value === undefined
        ? []
        : [{ key: of === "epoch" ? name : `step/${name}`, value: jsonNumber(value), timestamp, step }]
    );
    this.#queue.addMetrics(metrics, { dispensable: of === "step" });
    this.#work();
    return Promise.resolve();
  }

  image({ name, png, step }: ImageReport): Promise<void> {
    const place = `pictures/${name}/${String(step).padStart(8, "0")}.png`;
    this.#queue.add({ kind: "artifact", name: place, bytes: png });
    this.#work();
    return Promise.resolve();
  }

  artifact({ path, name = nameOf(path) }: ArtifactReport): Promise<void> {
    this.#queue.add({ kind: "artifact", name, path });
    this.#work();
    return Promise.resolve();
  }

  async finish(status: RunStatus): Promise<void> {
    this.#queue.add({ kind: "end", status: STATUS[status], time: Date.now() });
    this.#work();
    this.#hurry.abort();
    await this.#drain();
    this.#stop.abort();
    await this.#pump;
    if (this.#given) return;
    await this.#keep();
    const { logger = silentLogger, folder } = this.options;
    const { dropped, waiting } = this.#queue;
    if (dropped > 0) logger.warn(`MLflow: ${dropped} numbers of single steps were dropped, too many waited`);
    if (waiting.length === 0) return;
    logger.warn(
      `MLflow did not take ${
        describeWaiting(waiting)
      } in time; they stay in ${folder}/${MLFLOW_FILE} and are sent ` +
        "when the run is resumed",
    );
  }

  #addParameters(parameters: RunStart["parameters"]): void {
    const all = Object.entries(parameters).map(([key, value]) => ({
      key,
      value: String(value).slice(0, 6000),
    }));
    for (let i = 0; i < all.length; i += LARGEST_BATCH.parameters) {
      this.#queue.add({ kind: "parameters", parameters: all.slice(i, i + LARGEST_BATCH.parameters) });
    }
  }

  /** Waits until everything is sent, or for as long as is reasonable. */
  async #drain(): Promise<void> {
    const begun = performance.now();
    const { end, endAway } = this.#times;
    while (this.#queue.first && !this.#given) {
      this.#work(); // what came in as the task ended
      if (performance.now() - begun > (this.#away ? endAway : end)) return;
      await pause(20);
    }
  }

  /** Starts the task in the background unless it is at work. */
  #work(): void {
    if (this.#given) return;
    this.#pump ??= this.#sendAll().finally(() => this.#pump = undefined);
  }

  async #sendAll(): Promise<void> {
    let wait = this.#times.retryFirst;
    await pause(0); // what is reported in one go is sent in one go
    for (let first = this.#queue.first; first && !this.#stop.signal.aborted; first = this.#queue.first) {
      try {
        await this.#run.send(first);
        this.#queue.shift();
        wait = this.#times.retryFirst;
        this.#answers();
      } catch (error) {
        if (error instanceof MlflowUnreachableError) {
          this.#silent(error);
          const over = this.#hurry.signal.aborted;
          await pause(over ? this.#times.retryFirst : wait, (over ? this.#stop : this.#hurry).signal);
          wait = Math.min(2 * wait, this.#times.retryLast);
        } else if (this.#refused(error)) return;
      }
    }
  }

  #silent(error: MlflowUnreachableError): void {
    if (this.#away || this.#stop.signal.aborted) return;
    this.#away = true;
    this.options.logger?.warn(
      `MLflow at ${this.options.trackingUri} does not answer (${
        messageOf(error)
      }); the run goes on, its numbers wait`,
    );
  }

  #answers(): void {
    if (this.#away) this.options.logger?.info(`MLflow at ${this.options.trackingUri} answers again`);
    this.#away = false;
  }

  /** Drops a refused report. Returns true if no run exists, so that nothing can be sent. */
  #refused(error: unknown): boolean {
    const { logger, trackingUri } = this.options;
    this.#given = this.#run.runId === undefined;
    const rest = this.#given ? "nothing is sent to it" : "the run goes on without that";
    logger?.warn(`MLflow at ${trackingUri}: ${messageOf(error)}; ${rest}`);
    this.#queue.shift();
    return this.#given;
  }

  async #keep(): Promise<void> {
    const { folder, trackingUri, experimentName, logger } = this.options;
    const content = {
      trackingUri,
      experimentName,
      runId: this.#run.runId,
      unsent: toJson(this.#queue.waiting),
    };
    await writeFileAtomic(`${folder}/${MLFLOW_FILE}`, JSON.stringify(content) + "\n").catch((error) =>
      logger?.warn(messageOf(error))
    );
  }

  async #read() {
    const { folder, trackingUri } = this.options;
    const text = await files.readText(`${folder}/${MLFLOW_FILE}`).catch(() => "null");
    const kept: unknown = JSON.parse(text);
    if (!isRecord(kept) || kept.trackingUri !== trackingUri) return undefined;
    return {
      runId: typeof kept.runId === "string" ? kept.runId : undefined,
      unsent: fromJson(kept.unsent).filter(({ kind }) => kind !== "end"),
    };
  }
}

function jsonNumber(value: number): Metric["value"] {
  if (Number.isFinite(value)) return value;
  return Number.isNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
}

function nameOf(path: string): string {
  return path.split(/[\\/]/).filter((part) => part && part !== ".").at(-1) ?? "run";
}
