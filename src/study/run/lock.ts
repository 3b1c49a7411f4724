/**
 * One `run` at a time in a study's folder.
 *
 * @module
 */
import { ConfigError, isRecord } from "../../common/mod.ts";
import {
  createExclusive,
  isAlive,
  ownProcess,
  type ProcessId,
  readTextIfThere,
  removeAll,
} from "../../host/mod.ts";

/** Takes the lock of a study. Throws `ConfigError` naming who holds it. */
export async function lockStudy(dir: string): Promise<AsyncDisposable> {
  const path = `${dir}/lock`;
  const text = `${JSON.stringify(await ownProcess())}\n`;
  for (let tries = 0; !await createExclusive(path, text); tries++) {
    const holder = parseHolder(await readTextIfThere(path));
    const alive = holder ? await isAlive(holder) : true;
    if (alive === false && tries < 3) {
      await removeAll(path);
      continue;
    }
    const who = holder ? `process ${holder.pid} on ${holder.host}` : "a process that did not write its name";
    const remedy = alive === undefined ? `if that has ended, remove ${path}` : "wait for it, or end it";
    throw new ConfigError(`${path}: found the study run by ${who}, expected nobody; ${remedy}`);
  }
  return { [Symbol.asyncDispose]: () => removeAll(path) };
}

function parseHolder(text: string | undefined): ProcessId | undefined {
  try {
    const value: unknown = JSON.parse(text ?? "");
    if (!isRecord(value)) return undefined;
    const { host, pid, start } = value;
    return typeof host === "string" && typeof pid === "number" && typeof start === "string"
      ? { host, pid, start }
      : undefined;
  } catch {
    return undefined;
  }
}
