/**
 * Calls of the REST API of an MLflow server, each tried once.
 *
 * Source: mlflow.org/docs/latest/rest-api (2.0), and `mlflow-artifacts` for files.
 *
 * @module
 */
import { isRecord, messageOf, OptionError } from "../../../common/mod.ts";

/** The server did not answer, or is overloaded: the same call may succeed later. */
export class MlflowUnreachableError extends Error {
  override name = "MlflowUnreachableError";
}

/** The server answered, and will answer the same again. */
export class MlflowRefusal extends Error {
  override name = "MlflowRefusal";

  constructor(message: string, readonly code: string) {
    super(message);
  }
}

/** Options of {@linkcode MlflowClient}. */
export interface MlflowClientOptions {
  /** `http://host:port`, with the path of a proxy where there is one. */
  readonly trackingUri: string;
  /** The header `Authorization`, where the server asks for one. */
  readonly authorization?: string;
  /** Aborts calls in flight. */
  readonly signal?: AbortSignal;
  /** After which a call without an answer counts as not answered. Default 10 s. */
  readonly timeoutMs?: number;
}

const ARTIFACT_TIMEOUT_FACTOR = 12;
const ARTIFACTS_API = "api/2.0/mlflow-artifacts/artifacts";

/** An MLflow server. */
export class MlflowClient {
  readonly #base: string;

  /** Throws `OptionError` for an address that is none of a server. */
  constructor(private readonly options: MlflowClientOptions) {
    this.#base = serverAddress(options.trackingUri);
  }

  /** Asks `api/2.0/mlflow/PATH`. */
  async get(
    path: string,
    query: Readonly<Record<string, string>>,
  ): Promise<Readonly<Record<string, unknown>>> {
    return await this.#call(`${this.#base}/api/2.0/mlflow/${path}?${new URLSearchParams(query)}`, {});
  }

  /** Posts to `api/2.0/mlflow/PATH`. */
  async post(path: string, body: unknown): Promise<Readonly<Record<string, unknown>>> {
    return await this.#call(`${this.#base}/api/2.0/mlflow/${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  }

  /** Puts a file under the artifacts of a run; `root` is the run's `artifact_uri`. */
  async putArtifact(name: string, { root, bytes }: { root: string; bytes: Uint8Array }): Promise<void> {
    const address = artifactAddress(this.#base, root);
    if (!address) {
      throw new MlflowRefusal(
        `artifacts are kept in ${root}, where the server does not take them`,
        "NO_PROXY",
      );
    }
    const path = name.split("/").map(encodeURIComponent).join("/");
    await this.#call(`${address}/${path}`, {
      method: "PUT",
      headers: { "content-type": "application/octet-stream" },
      body: new Uint8Array(bytes),
    });
  }

  async #call(address: string, request: RequestInit): Promise<Readonly<Record<string, unknown>>> {
    const { authorization, signal, timeoutMs = 10_000 } = this.options;
    const patience = request.method === "PUT" ? ARTIFACT_TIMEOUT_FACTOR * timeoutMs : timeoutMs;
    const signals = [AbortSignal.timeout(patience), ...(signal ? [signal] : [])];
    const headers = new Headers(request.headers);
    // what the user of one server is called is no business of another
    if (authorization && address.startsWith(`${this.#base}/`)) headers.set("authorization", authorization);
    let response: Response;
    let text: string;
    try {
      response = await fetch(address, { ...request, headers, signal: AbortSignal.any(signals) });
      text = await response.text();
    } catch (error) {
      throw new MlflowUnreachableError(reasonOf(error), { cause: error });
    }
    if (response.ok) return parsed(text) ?? {};
    const answer = parsed(text);
    const code = String(answer?.error_code ?? response.status);
    const reason = String(answer?.message ?? (response.statusText || "no reason given"));
    const line = `${response.status} ${code}: ${reason.split("\n")[0].slice(0, 300)}`;
    if (response.status >= 500 || response.status === 429 || response.status === 408) {
      throw new MlflowUnreachableError(line);
    }
    throw new MlflowRefusal(line, code);
  }
}

function parsed(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Returns the innermost cause of a failed connection. */
function reasonOf(error: unknown): string {
  if (error instanceof DOMException && error.name === "TimeoutError") return "no answer in time";
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return messageOf(inner);
}

function serverAddress(trackingUri: string): string {
  const url = URL.canParse(trackingUri) ? new URL(trackingUri) : undefined;
  const refuse = (found: string, remedy: string) =>
    new OptionError({
      option: "mlflowTrackingUri",
      found,
      expected: "the address of an MLflow server, such as http://127.0.0.1:5000",
      remedy,
    });
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw refuse(trackingUri, `start one with "mlflow server"; files and databases are opened by it alone`);
  }
  if (url.username || url.password) {
    throw refuse("an address with a password", "set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD");
  }
  return url.href.replace(/\/+$/, "");
}

/** Returns the address for files of a run, or undefined where its store is not behind a server. */
function artifactAddress(base: string, root: string): string | undefined {
  if (!URL.canParse(root)) return undefined;
  const { protocol, host, pathname } = new URL(root);
  const path = pathname.replace(/^\/+|\/+$/g, "");
  if (/^https?:$/.test(protocol)) return root.replace(/\/+$/, "");
  if (protocol !== "mlflow-artifacts:") return undefined;
  const server = host ? `${new URL(base).protocol}//${host}` : base;
  return `${server}/${ARTIFACTS_API}/${path}`;
}
