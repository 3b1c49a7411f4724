/**
 * What an inference was made from, as `inference.json` in its folder: a call that is resumed does not do the same again.
 *
 * @module
 */
import { isRecord } from "../../../common/mod.ts";
import type { ResolvedConfig } from "../../../config/mod.ts";
import { readTextIfThere, writeFileAtomic } from "../../../host/mod.ts";
import type { CommandResult } from "../../shell/command.ts";

const NAME = "inference.json";

/** What the result depends on. */
export interface InferenceIdentity {
  readonly data_sha256: string;
  /** Of the model; for the network that comes along its card. */
  readonly weights: string;
  /** `2/5` of a part. */
  readonly shard: string | null;
  readonly settings: Pick<ResolvedConfig["values"], "model" | "data" | "inference">;
}

/** Describes an inference. */
export function identityOf(
  { values: { model, data, inference } }: ResolvedConfig,
  rest: Omit<InferenceIdentity, "settings">,
): InferenceIdentity {
  return { ...rest, settings: { model, data, inference } };
}

/** Writes the record, after all that it stands for. */
export async function writeRecord(folder: string, identity: InferenceIdentity): Promise<void> {
  await writeFileAtomic(`${folder}/${NAME}`, `${JSON.stringify(identity, null, 2)}\n`);
}

/** The answer to a call whose result is in its folder already; undefined where there is something to do. */
export async function nothingLeft(
  folder: string,
  identity: InferenceIdentity,
): Promise<CommandResult | undefined> {
  const text = await readTextIfThere(`${folder}/${NAME}`);
  if (text === undefined || !isSame(text, identity)) return undefined;
  return {
    summary: { done: true, folder },
    lines: [`${folder} has this image already: nothing left to do; --overwrite makes it again`],
  };
}

/** A record that is damaged is of no inference. */
function isSame(text: string, identity: InferenceIdentity): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) && JSON.stringify(value) === JSON.stringify(identity);
  } catch {
    return false;
  }
}
