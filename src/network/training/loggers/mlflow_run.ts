/**
 * One run at an MLflow server: found or made with the first thing that is sent to it.
 *
 * @module
 */
import { files } from "../../../host/mod.ts";
import { isRecord, PLICA_VERSION } from "../../../common/mod.ts";
import { type MlflowClient, MlflowRefusal } from "./mlflow_client.ts";
import type { MlflowOperation } from "./mlflow_queue.ts";

/** Name of the run. */
export interface MlflowRunOptions {
  readonly experimentName: string;
  readonly runName: string;
  /** The run is known at the server. */
  readonly onKnown: () => Promise<void>;
}

/** A run at the server. */
export class MlflowRun {
  #runId: string | undefined;
  #artifactRoot: string | undefined;
  #continued = false;
  /** True after the warning that the server's artifact store cannot be written to. */
  #noArtifacts = false;

  constructor(private readonly client: MlflowClient, private readonly options: MlflowRunOptions) {}

  get runId(): string | undefined {
    return this.#runId;
  }

  /** Goes on with the run of that id. */
  continue(runId: string): void {
    this.#runId = runId;
    this.#continued = true;
  }

  /** Sends one operation. Throws `MlflowUnreachableError` or `MlflowRefusal`. */
  async send(operation: MlflowOperation): Promise<void> {
    const { runId, artifactRoot } = await this.#known();
    switch (operation.kind) {
      case "parameters":
        await this.client.post("runs/log-batch", { run_id: runId, params: operation.parameters });
        return;
      case "metrics":
        await this.client.post("runs/log-batch", { run_id: runId, metrics: operation.metrics });
        return;
      case "artifact":
        return await this.#put(operation, artifactRoot);
      case "end":
        await this.client.post("runs/update", {
          run_id: runId,
          status: operation.status,
          end_time: operation.time,
        });
    }
  }

  async #put(operation: MlflowOperation & { kind: "artifact" }, root: string): Promise<void> {
    if (this.#noArtifacts) return;
    const { name, path, bytes } = operation;
    try {
      const content = path === undefined ? bytes : await files.read(path);
      await this.client.putArtifact(name, { root, bytes: content ?? new Uint8Array() });
    } catch (error) {
      this.#noArtifacts = error instanceof MlflowRefusal && error.code === "NO_PROXY";
      if (!this.#noArtifacts) throw error;
      throw new MlflowRefusal(
        `artifacts are kept in ${root}, which the server does not hand on: no pictures and files are sent; start it ` +
          "with --serve-artifacts and use a new --experiment-name",
        "NO_PROXY",
      );
    }
  }

  async #known(): Promise<{ runId: string; artifactRoot: string }> {
    if (this.#runId !== undefined && this.#artifactRoot !== undefined) {
      return { runId: this.#runId, artifactRoot: this.#artifactRoot };
    }
    const info = this.#runId === undefined ? await this.#create() : await this.#goOn(this.#runId);
    const { run_id: runId, artifact_uri: artifactRoot } = info;
    if (typeof runId !== "string" || typeof artifactRoot !== "string") {
      throw new MlflowRefusal("the answer names no run; is the address that of an MLflow server?", "NO_RUN");
    }
    [this.#runId, this.#artifactRoot] = [runId, artifactRoot];
    await this.options.onKnown();
    return { runId, artifactRoot };
  }

  async #create(): Promise<Readonly<Record<string, unknown>>> {
    const experiment = await this.#experiment();
    const { run } = await this.client.post("runs/create", {
      experiment_id: experiment,
      run_name: this.options.runName,
      start_time: Date.now(),
      tags: [
        { key: "mlflow.source.name", value: "plica train" },
        { key: "mlflow.source.type", value: "LOCAL" },
        { key: "plica.version", value: PLICA_VERSION },
      ],
    });
    return infoOf(run);
  }

  async #goOn(runId: string): Promise<Readonly<Record<string, unknown>>> {
    if (this.#continued) {
      await this.client.post("runs/update", { run_id: runId, status: "RUNNING" });
    }
    return infoOf((await this.client.get("runs/get", { run_id: runId })).run);
  }

  async #experiment(): Promise<string> {
    const name = this.options.experimentName;
    const find = async () => {
      const { experiment } = await this.client.get("experiments/get-by-name", { experiment_name: name });
      return idOf(experiment);
    };
    try {
      return await find();
    } catch (error) {
      if (!(error instanceof MlflowRefusal) || error.code !== "RESOURCE_DOES_NOT_EXIST") throw error;
    }
    try {
      return idOf(await this.client.post("experiments/create", { name }));
    } catch (error) {
      // somebody else made it in between
      if (error instanceof MlflowRefusal && error.code === "RESOURCE_ALREADY_EXISTS") return await find();
      throw error;
    }
  }
}

function idOf(experiment: unknown): string {
  const id = isRecord(experiment) ? experiment.experiment_id : undefined;
  if (typeof id === "string") return id;
  throw new MlflowRefusal(
    "the answer names no experiment; is the address that of an MLflow server?",
    "NO_RUN",
  );
}

function infoOf(run: unknown): Readonly<Record<string, unknown>> {
  const info = isRecord(run) ? run.info : undefined;
  return isRecord(info) ? info : {};
}
