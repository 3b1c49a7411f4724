/**
 * Reads a study file: limits first, then one level of `include`, then the schema.
 *
 * @module
 */
import { ConfigError, isRecord, messageOf, nearest } from "../../common/mod.ts";
import { factsOf, readTextIfThere } from "../../host/mod.ts";
import { z } from "../../deps/zod.ts";
import { type StudyFile, studySchema } from "./schema.ts";

const MOST_BYTES = 1 << 20;
const MOST_ALIASES = 100;
const FORBIDDEN = new Set(["__proto__", "constructor", "prototype"]);

/** A study with where it came from. */
export interface ReadStudy {
  readonly study: StudyFile;
  /** Folder that relative paths of the file start at. */
  readonly folder: string;
  readonly source: string;
}

/** Reads and checks a study file. Throws `ConfigError` with file, key, what was found and what is expected. */
export async function readStudyFile(path: string): Promise<ReadStudy> {
  const folder = folderOf(path);
  const own = await readTable(path);
  const base = await included(own, { path, folder });
  return { study: checkStudy(merge(base, own), path), folder, source: path };
}

/** Checks the content of a study file. */
function checkStudy(content: unknown, source: string): StudyFile {
  const parsed = studySchema.safeParse(content);
  if (parsed.success) return parsed.data;
  const { issues } = parsed.error;
  // a misspelt key is why another one seems to be missing
  const first = issues.find(({ code }) => code === "unrecognized_keys") ?? issues[0];
  throw new ConfigError(`${source}: ${explain(first, content).replace(/\p{Cc}/gu, " ")}`);
}

async function readTable(path: string): Promise<Readonly<Record<string, unknown>>> {
  const facts = await factsOf(path);
  if (!facts?.isFile) {
    throw new ConfigError(
      `${path}: found ${facts ? "a folder" : "no such file"}, expected a study file; check the path`,
    );
  }
  if (facts.size > MOST_BYTES) {
    throw new ConfigError(
      `${path}: found ${facts.size} bytes, expected at most ${MOST_BYTES}; a study file holds settings alone`,
    );
  }
  const content = await parse(await readTextIfThere(path) ?? "", path);
  if (!isRecord(content)) {
    throw new ConfigError(`${path}: found no table, expected the keys of a study; see docs/study.md`);
  }
  refuseForbidden(content, path);
  return content;
}

async function parse(text: string, path: string): Promise<unknown> {
  try {
    if (path.endsWith(".json")) return JSON.parse(text);
    const yaml = await import("../../deps/yaml.ts");
    return yaml.parse(text, { logLevel: "error", maxAliasCount: MOST_ALIASES, uniqueKeys: true });
  } catch (error) {
    throw new ConfigError(
      `${path}: found no valid ${path.endsWith(".json") ? "JSON" : "YAML"}: ${messageOf(error)}`,
    );
  }
}

/** Names that mean something else to JavaScript never become keys. */
function refuseForbidden(value: unknown, where: string, seen = new Set<unknown>()): void {
  if (typeof value !== "object" || value === null || seen.has(value)) return;
  seen.add(value);
  for (const key of Object.keys(value)) {
    if (FORBIDDEN.has(key)) {
      throw new ConfigError(`${where}: found the key ${key}, expected the keys of a study; remove it`);
    }
    refuseForbidden(Reflect.get(value, key), where, seen);
  }
}

async function included(
  own: Readonly<Record<string, unknown>>,
  { path, folder }: { readonly path: string; readonly folder: string },
): Promise<Readonly<Record<string, unknown>>> {
  const { include } = own;
  if (include === undefined) return {};
  if (typeof include !== "string") {
    throw new ConfigError(`${path}: include: found ${typeof include}, expected a path`);
  }
  if (/^([\\/]|[A-Za-z]:)/.test(include) || include.split(/[\\/]/).includes("..")) {
    throw new ConfigError(
      `${path}: include: found ${include}, expected a path below the folder of the file; copy it there`,
    );
  }
  const base = await readTable(`${folder}/${include}`);
  if (base.include === undefined) return base;
  throw new ConfigError(
    `${folder}/${include}: include: found in an included file, expected one level; name both in the study file`,
  );
}

/** Tables are merged, everything else replaces. */
function merge(
  base: Readonly<Record<string, unknown>>,
  over: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const out: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const before = out[key];
    out[key] = isRecord(before) && isRecord(value) ? merge(before, value) : value;
  }
  return out;
}

function folderOf(path: string): string {
  const cut = Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\"));
  return cut < 0 ? "." : path.slice(0, cut) || "/";
}

/** One issue of zod as place, found, expected. */
function explain(issue: z.core.$ZodIssue, content: unknown): string {
  const where = issue.path.map(String);
  if (issue.code === "unrecognized_keys") {
    const [key] = issue.keys;
    const hint = nearest(key, keysAt(where));
    return `${[...where, key].join(".")}: unknown key; ${
      hint ? `did you mean ${hint}?` : "docs/study.md lists the keys"
    }`;
  }
  const found = where.reduce<unknown>(
    (at, key) => isRecord(at) || Array.isArray(at) ? Reflect.get(at, key) : undefined,
    content,
  );
  const name = where.at(-1) ?? "";
  if (issue.code === "invalid_key") {
    return `${where.join(".")}: found the name ${
      JSON.stringify(name)
    }, expected lower-case letters, digits and hyphens`;
  }
  return `${where.join(".") || "the file"}: found ${JSON.stringify(found) ?? "nothing"}, expected ${
    expected(issue)
  }`;
}

function expected(issue: z.core.$ZodIssue): string {
  const name = "lower-case letters, digits and hyphens";
  if (issue.code === "invalid_format" && issue.message.includes("a-z0-9")) return name;
  return issue.message.replace(/^Invalid \w+: expected /, "").replace(
    /^Too (small|big): expected \w+ to be /,
    "",
  ).replace(/, received.*$/, "");
}

/** The keys that the schema knows at a place. */
function keysAt(path: readonly string[]): string[] {
  const known = path.reduce<z.core.$ZodType | undefined>((schema, key) => {
    const bare = schema && unwrapped(schema);
    if (bare instanceof z.ZodObject) return bare.shape[key];
    if (bare instanceof z.ZodRecord) return bare.valueType;
    return bare instanceof z.ZodArray ? bare.element : undefined;
  }, studySchema);
  const last = known && unwrapped(known);
  return last instanceof z.ZodObject ? Object.keys(last.shape) : [];
}

function unwrapped(schema: z.core.$ZodType): z.core.$ZodType {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) {
    return unwrapped(schema.unwrap());
  }
  return schema;
}
