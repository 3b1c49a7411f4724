/**
 * A real MLflow server on loopback, with its data in a folder that goes away with it.
 *
 * @module
 */
import { PYTHON } from "../../formats/python.ts";

/** A running server. */
export interface MlflowServer extends AsyncDisposable {
  readonly uri: string;
  /** Asks its REST API. */
  get(path: string, query: Record<string, string>): Promise<Record<string, unknown>>;
  /** A file of a run. */
  artifact(run: { artifact_uri: string }, name: string): Promise<Uint8Array>;
}

/**
 * What `mlflow server --backend-store-uri sqlite:///... --artifacts-destination ...` sets and starts, in one process: the
 * command imports everything twice, which doubles the ten seconds that it takes to start.
 */
const SERVE = `
import os, sys
folder, port = sys.argv[1], int(sys.argv[2])
store = "_MLFLOW_SERVER_"
os.environ[store + "FILE_STORE"] = os.environ[store + "REGISTRY_STORE"] = f"sqlite:///{folder}/mlflow.db"
os.environ[store + "ARTIFACT_ROOT"] = "mlflow-artifacts:/"
os.environ[store + "SERVE_ARTIFACTS"] = "true"
os.environ[store + "ARTIFACT_DESTINATION"] = f"{folder}/artifacts"
import uvicorn
uvicorn.run("mlflow.server.fastapi_app:app", host="127.0.0.1", port=port, log_level="warning")`;

/** A port that nobody listens on. */
export function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** Starts a server and waits until it answers, for two minutes at most: it imports a lot. */
export async function startMlflow(port = freePort()): Promise<MlflowServer> {
  const folder = await Deno.makeTempDir();
  const uri = `http://127.0.0.1:${port}`;
  const server = new Deno.Command(PYTHON, {
    args: ["-c", SERVE, folder, `${port}`],
    env: {
      MLFLOW_SERVER_ENABLE_JOB_EXECUTION: "false",
      MLFLOW_DISABLE_TELEMETRY: "true",
      DO_NOT_TRACK: "true",
    },
    cwd: folder,
    stdout: "null",
    stderr: "null",
  }).spawn();
  let over = false;
  const status = server.status.then((ended) => {
    over = true;
    return ended;
  });
  const stop = async () => {
    if (!over) server.kill("SIGTERM");
    await status;
    await Deno.remove(folder, { recursive: true });
  };
  for (let tries = 0; !await answers(uri); tries++) {
    if (!over && tries < 480) {
      await new Promise((resolve) => setTimeout(resolve, 250));
      continue;
    }
    await stop();
    throw new Error("mlflow server does not start");
  }
  return {
    uri,
    get: async (path, query) => {
      const response = await fetch(`${uri}/api/2.0/mlflow/${path}?${new URLSearchParams(query)}`);
      return await response.json();
    },
    artifact: async ({ artifact_uri }, name) => {
      const place = artifact_uri.replace("mlflow-artifacts:/", "");
      const response = await fetch(`${uri}/api/2.0/mlflow-artifacts/artifacts/${place}/${name}`);
      return new Uint8Array(await response.arrayBuffer());
    },
    [Symbol.asyncDispose]: stop,
  };
}

async function answers(uri: string): Promise<boolean> {
  try {
    const response = await fetch(`${uri}/health`);
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}
