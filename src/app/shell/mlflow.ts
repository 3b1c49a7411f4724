/**
 * Who the user is to an MLflow server. It stands in the environment, as MLflow's own programs want it, so that it is in
 * no history of the shell and no configuration that is kept.
 *
 * @module
 */
import { machine } from "../../host/mod.ts";

/** The header `Authorization`, from `MLFLOW_TRACKING_TOKEN` or `MLFLOW_TRACKING_USERNAME` and `..._PASSWORD`. */
export function mlflowAuthorization(
  read: (name: string) => string | undefined = machine.environment,
): string | undefined {
  const token = read("MLFLOW_TRACKING_TOKEN");
  if (token) return `Bearer ${token}`;
  const user = read("MLFLOW_TRACKING_USERNAME");
  if (!user) return undefined;
  const pair = new TextEncoder().encode(`${user}:${read("MLFLOW_TRACKING_PASSWORD") ?? ""}`);
  return `Basic ${pair.toBase64()}`;
}
