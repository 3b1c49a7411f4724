/**
 * What each module of the project exports and who uses it, for the test of exports.
 *
 * @module
 */
import { allModules, stripComments } from "./modules.ts";

/** A name that a module gives out. */
export interface Export {
  readonly path: string;
  readonly name: string;
  readonly kind: "value" | "type";
  /** Where the name comes from, for one that is passed on: module and its name there. */
  readonly from?: { readonly path: string; readonly name: string };
}

/** A name that a module takes from another; `*` for all of them. */
export interface Import {
  readonly from: string;
  readonly name: string;
}

/** What a module gives and takes. */
export interface Trade {
  readonly path: string;
  readonly exports: readonly Export[];
  readonly imports: readonly Import[];
  /** The code without comments. */
  readonly code: string;
}

const DECLARED =
  /^export\s+(?:declare\s+)?(?:abstract\s+)?(?:async\s+)?(function\*?|class|const|interface|type)\s+([A-Za-z_$][\w$]*)/gm;
const LISTED = /^export\s+(type\s+)?\{([^}]*)\}(?:\s*from\s*["']([^"']+)["'])?/gm;
const IMPORTED =
  /^import\s+(type\s+)?(?:([A-Za-z_$][\w$]*)\s*,?\s*)?(?:\{([^}]*)\}|\*\s+as\s+[\w$]+)?\s*from\s*["'](\.[^"']+)["']/gm;
const ALL = /^export\s+\*(?:\s+as\s+[\w$]+)?\s+from\s*["'](\.[^"']+)["']/gm;
const LOADED = /(?:\{([^{}]*)\}\s*=\s*await\s+)?\bimport\(\s*["'](\.[^"']+)["']\s*\)/g;

/** Reads the imports and exports of one module; `source` is its text. */
export function tradeOf(path: string, source: string): Trade {
  const code = stripComments(source);
  const at = (specifier: string) => new URL(specifier, `file:///${path}`).pathname.slice(1);
  const exports: Export[] = [...code.matchAll(DECLARED)].map(([, kind, name]) => ({
    path,
    name,
    kind: kind === "interface" || kind === "type" ? "type" : "value",
  }));
  const imports: Import[] = [];
  for (const [, onlyTypes, names, specifier] of code.matchAll(LISTED)) {
    for (const { original, name, type } of listOf(names)) {
      const from = specifier?.startsWith(".") ? { path: at(specifier), name: original } : undefined;
      exports.push({ path, name, kind: onlyTypes || type ? "type" : "value", from });
    }
  }
  for (const [whole, , byDefault, names, specifier] of code.matchAll(IMPORTED)) {
    const from = at(specifier);
    if (byDefault) imports.push({ from, name: "default" });
    if (/\*\s+as/.test(whole)) imports.push({ from, name: "*" });
    for (const { original } of listOf(names ?? "")) imports.push({ from, name: original });
  }
  for (const [, specifier] of code.matchAll(ALL)) imports.push({ from: at(specifier), name: "*" });
  for (const [, names, specifier] of code.matchAll(LOADED)) {
    const found = names === undefined
      ? ["*"]
      : listOf(names.replaceAll(":", " as ")).map(({ original }) => original);
    found.forEach((name) => imports.push({ from: at(specifier), name }));
  }
  return { path, exports, imports, code };
}

function listOf(names: string): { original: string; name: string; type: boolean }[] {
  return names.split(",").map((one) => one.trim()).filter((one) => one).map((one) => {
    const type = /^type\s/.test(one);
    const [original, name = original] = one.replace(/^type\s+/, "").split(/\s+as\s+/);
    return { original, name, type };
  });
}

/** All modules of the project with what they give and take. */
export function allTrades(): Trade[] {
  return allModules().map(({ path, source }) => tradeOf(path, source));
}

/** The exports of `trades` that none of the modules `users` takes, directly or through modules that pass them on. */
export function unusedExports(
  trades: readonly Trade[],
  { isUser, isPublic }: {
    readonly isUser: (path: string) => boolean;
    /** Modules whose exports are for others than the project. */
    readonly isPublic: (path: string) => boolean;
  },
): Export[] {
  const byPath = new Map(trades.map((trade) => [trade.path, trade]));
  const used = new Set<string>();
  const use = (path: string, name: string) => {
    const trade = byPath.get(path);
    if (!trade) return;
    if (name === "*") return trade.exports.forEach((one) => use(path, one.name));
    const key = `${path} ${name}`;
    if (used.has(key)) return;
    used.add(key);
    const from = trade.exports.find((one) => one.name === name)?.from;
    if (from) use(from.path, from.name);
  };
  for (const { path, imports } of trades) {
    if (isUser(path)) imports.forEach(({ from, name }) => use(from, name));
    if (isPublic(path)) use(path, "*");
  }
  return trades.flatMap(({ exports }) => exports).filter(({ path, name }) => !used.has(`${path} ${name}`));
}
