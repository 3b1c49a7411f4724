import { deepEqual } from "node:assert/strict";
import { allTrades, type Export, tradeOf, unusedExports } from "./exports.ts";

/** What the program is entered by; `mod.ts` is for others. */
const isEntry = (path: string) => /^(mod|cli)\.ts$|^(bench|build|docs|web)\//.test(path);
const inLibrary = (path: string) => path.startsWith("src/");
const isPublic = (path: string) => path === "mod.ts";
/** The one package that is for tests alone. */
const FOR_TESTS = "src/deps/fast_check.ts";

const trades = allTrades();

/** A type that a file names beside its declaration belongs to what the file exports. */
function belongsToOthers({ path, name, kind, from }: Export): boolean {
  const code = trades.find((trade) => trade.path === path)?.code ?? "";
  return kind === "type" && !from &&
    (code.match(new RegExp(`(?<![\\w$])${name}(?![\\w$])`, "g"))?.length ?? 0) > 1;
}

function offenders(isUser: (path: string) => boolean): string[] {
  return unusedExports(trades, { isUser, isPublic })
    .filter((one) => inLibrary(one.path) && one.path !== FOR_TESTS && !belongsToOthers(one))
    .map(({ path, name }) => `${path}: ${name}`);
}

Deno.test("no unused export", () => {
  deepEqual(offenders(() => true), []);
});

Deno.test("no export that only tests use", () => {
  deepEqual(offenders((path) => inLibrary(path) || isEntry(path)), []);
});

Deno.test("uses are found directly, through doors, by namespace and by lazy import", () => {
  const files = {
    "src/a.ts":
      "export const one = 1, x = 1;\nexport function two() {}\nexport interface Three {}\nexport class Four {}",
    "src/mod.ts": 'export { one, two as deux } from "./a.ts";\nexport type { Three } from "./a.ts";',
    "b.ts": 'import { deux, type Three } from "./src/mod.ts";',
    "src/c.ts": "export const five = 5; // five\nexport const six = 6;",
    "d.ts": 'const { five } = await import("./src/c.ts");',
    "src/e.ts": "export const seven = 7;",
    "f.ts": 'import * as e from "./src/e.ts";',
  };
  const among = Object.entries(files).map(([path, source]) => tradeOf(path, source));
  const names = (isUser: (path: string) => boolean) =>
    unusedExports(among, { isUser, isPublic: () => false }).map(({ path, name }) => `${path} ${name}`);
  deepEqual(names(() => true), ["src/a.ts one", "src/a.ts Four", "src/mod.ts one", "src/c.ts six"]);
  deepEqual(names((path) => path !== "b.ts").filter((line) => line.includes("mod.ts")), [
    "src/mod.ts one",
    "src/mod.ts deux",
    "src/mod.ts Three",
  ]);
});
