import { equal, ok } from "node:assert/strict";
import { allModules, filesUnder, type Module, stripComments, stripTexts } from "./modules.ts";

/** The wings from the lowest to the highest: each may import those before it, through their doors. */
const WINGS = [
  "deps",
  "common",
  "host",
  "config",
  "numeric",
  "formats",
  "pictures",
  "engine",
  "physics",
  "scan",
  "image",
  "simulation",
  "solver",
  "network",
  "comparison",
  "study",
  "app",
];

/** Folders have at most so many entries. */
const MOST_ENTRIES = 20;

const modules = allModules();
const library = modules.filter(({ path }) => path.startsWith("src/"));

function wingOf(path: string): string {
  return path.split("/")[1];
}

/** One line for each offender. */
function none(offenders: readonly string[]): void {
  if (offenders.length > 0) throw new Error(`\n${offenders.join("\n")}`);
}

/** Why `from` may not import `to`, or undefined. */
function refusal(from: string, to: string): string | undefined {
  if (!to.startsWith("src/")) {
    return /\.(json|wgsl|wasm)$/.test(to) ? undefined : "the library imports src only";
  }
  const [here, there] = [wingOf(from), wingOf(to)];
  if (here === there) return to === `src/${there}/mod.ts` ? "a wing does not use its own door" : undefined;
  if (WINGS.indexOf(there) > WINGS.indexOf(here)) return `${there} is above ${here}`;
  // a package is a door of its own
  if (there === "deps" || to === `src/${there}/mod.ts`) return undefined;
  return `${there} is entered through its mod.ts`;
}

Deno.test("every wing has its place in the order, and a door that says what it is for", () => {
  const wings = new Set(library.map(({ path }) => wingOf(path)));
  none([...wings].filter((wing) => !WINGS.includes(wing)));
  const doors = new Set(library.map(({ path }) => path).filter((path) => /^src\/\w+\/mod\.ts$/.test(path)));
  none([...wings].filter((wing) => wing !== "deps" && !doors.has(`src/${wing}/mod.ts`)));
  // what it is for, what goes in and out, what it may import
  const silent = library.filter(({ path, source }) => {
    const page = /^\/\*\*[^]*?\*\//.exec(source)?.[0] ?? "";
    return doors.has(path) &&
      !(/\bIn(:| go)/.test(page) && /\b[Oo]ut(:| come)/.test(page) && /import/i.test(page));
  });
  none(silent.map(({ path }) => path));
});

Deno.test("imports point down, and enter a wing through its door", () => {
  const wrong = library.flatMap(({ path, imports }) =>
    imports.flatMap((to) => {
      const why = refusal(path, to);
      return why ? [`${path} imports ${to}: ${why}`] : [];
    })
  );
  none(wrong);
});

Deno.test("the rule would catch an import that goes up, round a door, or out of the library", () => {
  ok(refusal("src/engine/a.ts", "src/physics/mod.ts"));
  ok(refusal("src/config/a.ts", "src/formats/mod.ts"));
  ok(refusal("src/physics/a.ts", "src/engine/plan/program.ts"));
  ok(refusal("src/scan/reading/a.ts", "src/scan/mod.ts"));
  ok(refusal("src/network/a.ts", "tests/b.ts"));
  equal(refusal("src/network/training/a.ts", "src/engine/mod.ts"), undefined);
  equal(refusal("src/network/training/a.ts", "src/network/model/b.ts"), undefined);
  equal(refusal("src/engine/a.ts", "src/deps/b.ts"), undefined);
});

Deno.test("no folder of the library has more entries than an eye takes in", () => {
  const entries = new Map<string, Set<string>>();
  for (const { path } of library) {
    const parts = path.split("/");
    for (let i = 1; i < parts.length; i++) {
      const folder = parts.slice(0, i).join("/");
      entries.set(folder, (entries.get(folder) ?? new Set()).add(parts[i]));
    }
  }
  none([...entries].filter(([, { size }]) => size > MOST_ENTRIES).map(([at, { size }]) => `${at}: ${size}`));
});

Deno.test("no module imports itself, however long the way", () => {
  none(cyclesIn(modules));
  const cycle = [{ path: "a", loads: ["b"] }, { path: "b", loads: ["a"] }];
  equal(cyclesIn(cycle).join(), "a -> b -> a");
});

/** Wings in which types still go round; the list only shrinks. */
const TYPES_IN_CIRCLES: readonly string[] = ["solver"];

Deno.test("no module of a wing names itself for a type, however long the way", () => {
  const strict = library.filter(({ path }) => !TYPES_IN_CIRCLES.includes(wingOf(path)));
  none(cyclesIn(strict.map(({ path, imports }) => ({ path, loads: imports }))));
});

Deno.test("every module is reached from mod.ts, cli.ts, a test, a bench or a script", () => {
  const entries = modules.filter(({ path }) => /_test\.ts$/.test(path) || isEntry(path));
  none(unreached(modules, entries.map(({ path }) => path)));
});

Deno.test("no module of the library lives for its test alone", () => {
  const entries = modules.filter(({ path }) => isEntry(path)).map(({ path }) => path);
  const dead = unreached(modules, entries).filter((path) => path.startsWith("src/"));
  none(dead.filter((path) => !/^src\/deps\/(fast_check|playwright_core)\.ts$/.test(path)));
});

function isEntry(path: string): boolean {
  return /^(mod|cli)\.ts$|^(bench|build|docs|web)\//.test(path);
}

Deno.test("the library keeps its hands off console, arguments and exit", () => {
  const forbidden = /\bconsole\.\w+|\bDeno\.(args|exit|stdin|stdout|stderr)\b|\bprocess\.(env|argv|exit)\b/;
  const NODE = /^src\/host\/node\//; // hands the environment on, as the host of Deno does
  none(offences(library.filter(({ path }) => !SESSION.test(path) && !NODE.test(path)), forbidden));
});

/** The process as the commands see it: the one place outside `host` that names a runtime. */
const SESSION = /^src\/app\/shell\/(process|deno|node)_session\.ts$/;
const RUNTIME = /\bDeno\.|\bReadableStream\.from\b|\bimport\.meta\b/;

Deno.test("Deno, node: and addresses of files are named in host alone", () => {
  const elsewhere = library.filter(({ path }) => wingOf(path) !== "host" && !SESSION.test(path));
  none(offences(elsewhere, RUNTIME));
  none(offences(elsewhere, /["']node:|["']Deno["'] in/, stripComments));
  const inside = library.filter(({ path }) => path.startsWith("src/host/"));
  none(
    offences(inside.filter(({ path }) => !/^src\/host\/(deno\/|here\.ts|assets\.ts)/.test(path)), RUNTIME),
  );
  for (const code of ['Deno.stat("a")', "ReadableStream.from([])", "import.meta.url"]) {
    ok(RUNTIME.test(code));
  }
});

Deno.test("no module of the library holds a variable", () => {
  none(offences(library, /^(export\s+)?(let|var)\s/m));
});

Deno.test("types are never switched off", () => {
  const anyType = /(?<![\w.])any(?=\s*[;,)>\]=|&[{]|\s*$)/m;
  none(offences(modules, anyType));
  const silenced = /@ts-(ignore|nocheck|expect-error)|deno-lint-ignore(?! require-await\b)/;
  const silent = modules.filter(({ path, source }) =>
    !path.startsWith("tests/repo/") && silenced.test(source)
  );
  none(silent.map(({ path }) => path));
});

Deno.test("packages come in through src/deps only", () => {
  const outside = modules.filter(({ path }) => !path.startsWith("src/deps/"));
  const named = outside.flatMap(({ path, packages }) => packages.map((one) => `${path}: ${one}`));
  none(named.filter((line) => !/: node:/.test(line)));
  // browsers have no node: modules; what needs one loads it when it is needed
  none(offences(library, /\bfrom\s*["']node:/, stripComments));
});

Deno.test("no file is longer than 500 lines", () => {
  const long = modules.filter(({ source }) => source.trimEnd().split("\n").length > 500);
  none(long.map(({ path }) => path));
});

Deno.test("files are named in snake case and say what they are for", () => {
  const paths = ["src", "tests", "bench", "kernels"].flatMap((folder) =>
    filesUnder(folder, [".ts", ".wgsl"])
  );
  none(paths.filter((path) => !/^([a-z0-9_]+\/)+[a-z0-9_]+\.[a-z]+$/.test(path)));
  const silent = library.filter(({ source }) => !/^\/\*\*[\s\S]*?@module/.test(source));
  none(silent.map(({ path }) => path));
});

function offences(among: readonly Module[], pattern: RegExp, strip = stripTexts): string[] {
  return among.flatMap(({ path, source }) => {
    const code = strip(source);
    const found = pattern.exec(code);
    if (!found) return [];
    const line = code.slice(0, found.index).split("\n").length;
    return [`${path}:${line}: ${found[0].trim()}`];
  });
}

function unreached(among: readonly Module[], entries: readonly string[]): string[] {
  const byPath = new Map(among.map((module) => [module.path, module]));
  const seen = new Set<string>();
  const visit = (path: string) => {
    if (seen.has(path)) return;
    seen.add(path);
    const module = byPath.get(path);
    [...module?.imports ?? [], ...module?.addresses ?? []].forEach(visit);
  };
  entries.forEach(visit);
  return among.map(({ path }) => path).filter((path) => !seen.has(path));
}

/** Cycles of modules that load each other. */
function cyclesIn(among: readonly Pick<Module, "path" | "loads">[]): string[] {
  const byPath = new Map(among.map((module) => [module.path, module]));
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (path: string, trail: readonly string[]) => {
    const start = trail.indexOf(path);
    if (start >= 0) cycles.push([...trail.slice(start), path].join(" -> "));
    if (start >= 0 || done.has(path)) return;
    byPath.get(path)?.loads.forEach((to) => visit(to, [...trail, path]));
    done.add(path);
  };
  among.forEach(({ path }) => visit(path, []));
  return cycles;
}
