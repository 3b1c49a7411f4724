/**
 * Declarations of the library for TypeScript: those that `mod.ts` reaches, with packages by their names.
 *
 * @module
 */
import ts from "../src/deps/typescript.ts";
import { ROOT } from "./folders.ts";

const FROM = /(\bfrom |\bimport\()"([^"]+)"/g;

/** Writes `types/` into a folder. Returns the packages that the declarations name. */
export async function writeTypes(folder: string): Promise<readonly string[]> {
  const all = declarations();
  const packages = new Set<string>();
  const done = new Set<string>(), open = ["mod.d.ts"];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    const text = all.get(path);
    if (done.has(path) || text === undefined) continue;
    done.add(path);
    const here = path;
    const written = text.replace(FROM, (_, before: string, name: string) => {
      if (name.startsWith(".")) open.push(declarationAt(here, name));
      else if (name.startsWith("npm:")) packages.add(packageOf(name));
      return `${before}"${nameFor(name)}"`;
    });
    const to = `${folder}/types/${path}`;
    await Deno.mkdir(to.slice(0, to.lastIndexOf("/")), { recursive: true });
    await Deno.writeTextFile(to, written);
  }
  return [...packages].sort();
}

/** All declarations by their paths from the root; the types were checked before. */
function declarations(): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const program = ts.createProgram([`${ROOT}/mod.ts`], {
    declaration: true,
    emitDeclarationOnly: true,
    allowImportingTsExtensions: true,
    noCheck: true,
    skipLibCheck: true,
    strict: true,
    target: ts.ScriptTarget.ESNext,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    lib: ["lib.esnext.d.ts", "lib.dom.d.ts", "lib.dom.iterable.d.ts"],
    types: [],
    outDir: "/declarations",
    rootDir: ROOT,
  });
  program.emit(undefined, (path, text) => void found.set(path.replace(/^\/declarations\//, ""), text));
  return found;
}

/** `./x.ts` beside `src/a/b.d.ts` is `src/a/x.d.ts`. */
function declarationAt(path: string, name: string): string {
  return new URL(name, `file:///${path}`).pathname.slice(1).replace(/\.ts$/, ".d.ts");
}

/** `npm:zod@4.1.0/v4` is `zod/v4`; modules are files of JavaScript where the declarations are read. */
function nameFor(name: string): string {
  if (name.startsWith(".")) return name.replace(/\.ts$/, ".js");
  return name.replace(/^npm:((?:@[^/]+\/)?[^@/]+)@[^/]+/, "$1");
}

function packageOf(name: string): string {
  return nameFor(name).split("/").slice(0, name.startsWith("npm:@") ? 2 : 1).join("/");
}
