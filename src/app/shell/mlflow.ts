/**
 * Credentials for an MLflow server, from the environment variables of MLflow's own programs, so that they appear in
 * no shell history and no saved configuration.
 *
 * @module
 */
import { machine } from "../../host/mod.ts";

/**
 * Returns the header `Authorization`, from `MLFLOW_TRACKING_TOKEN` or `MLFLOW_TRACKING_USERNAME` and `..._PASSWORD`.
 */
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
