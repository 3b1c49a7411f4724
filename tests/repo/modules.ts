/**
 * The modules of the project and what they import, for the tests of the architecture.
 *
 * @module
 */

/** The root of the project, with a slash at its end. */
export const ROOT = new URL("../..", import.meta.url);

/** A module and the modules of the project that it names. */
export interface Module {
  /** Relative to the root: `src/io/npz.ts`. */
  readonly path: string;
  readonly source: string;
  /** Paths of modules named by static or dynamic import. */
  readonly imports: readonly string[];
  /** Those of them that are loaded; the others are named for their types alone. */
  readonly loads: readonly string[];
  /** Paths of modules that it knows the address of: another thread or process loads them. */
  readonly addresses: readonly string[];
  /** Specifiers that are no path. */
  readonly packages: readonly string[];
}

const SKIPPED = /^(\.git|node_modules|demo|dist|coverage|\.plica-cache)$|^\.build$/;

/** Files under `folder` (relative to the root, `""` for all) whose names end in one of `endings`. */
export function filesUnder(folder: string, endings: readonly string[]): string[] {
  const found: string[] = [];
  const base = new URL(folder ? `${folder}/` : "", ROOT);
  for (const entry of Deno.readDirSync(base)) {
    const path = folder ? `${folder}/${entry.name}` : entry.name;
    if (entry.isDirectory && !SKIPPED.test(entry.name)) found.push(...filesUnder(path, endings));
    if (entry.isFile && endings.some((ending) => entry.name.endsWith(ending))) found.push(path);
  }
  return found.sort();
}

/** Text of a file of the project. */
export function read(path: string): string {
  return Deno.readTextFileSync(new URL(path, ROOT));
}

/** All TypeScript modules of the project. */
export function allModules(): Module[] {
  return filesUnder("", [".ts"]).map((path) => {
    const source = read(path);
    const code = stripComments(source);
    const named = specifiersIn(code, IMPORTS);
    const local = (specifiers: readonly string[]) =>
      specifiers.filter((specifier) => specifier.startsWith(".")).map((one) => resolvePath(path, one));
    return {
      path,
      source,
      imports: local(named),
      loads: local(specifiersIn(stripTypeImports(code), IMPORTS)),
      addresses: local(specifiersIn(code, ADDRESSES)),
      // an address with a hole in it is in the text of another program
      packages: named.filter((specifier) => !specifier.startsWith(".") && !specifier.includes("${")),
    };
  });
}

function stripTypeImports(code: string): string {
  return code
    .replace(/^\s*(?:import|export)\s+type\b[^;]*?\bfrom\s*["'][^"']+["']/gm, "")
    .replace(/^\s*import\s*\{(?:\s*type\s+[^,}]+,?)+\s*\}\s*from\s*["'][^"']+["']/gm, "")
    .replace(/\btypeof import\(\s*["'][^"']+["']\s*\)/g, "");
}

const IMPORTS = [
  /^\s*(?:import|export)\b[^;"']*?\bfrom\s*["']([^"']+)["']/gm,
  /^\s*import\s*["']([^"']+)["']/gm,
  /\bimport\(\s*["']([^"']+)["']/g,
];
const ADDRESSES = [
  /\bnew URL\(\s*["'](\.[^"']+\.ts)["']\s*,\s*import\.meta\.url/g,
  /\bimport\.meta\.resolve\(\s*["'](\.[^"']+\.ts)["']/g,
];

function specifiersIn(code: string, patterns: readonly RegExp[]): string[] {
  return patterns.flatMap((pattern) => [...code.matchAll(pattern)].map(([, specifier]) => specifier));
}

function resolvePath(from: string, specifier: string): string {
  return new URL(specifier, new URL(from, ROOT)).href.slice(ROOT.href.length);
}

/** The code without its comments; texts stay. Line breaks stay too, so that lines keep their numbers. */
export function stripComments(source: string): string {
  const token =
    /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`|\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*(?=\s*[,;).\]\n])/g;
  return source.replace(token, (text) => {
    if (!text.startsWith("//") && !text.startsWith("/*")) return text;
    return text.replace(/[^\n]/g, " ");
  });
}

/** The code without comments and without the contents of texts. */
export function stripTexts(source: string): string {
  return stripComments(source).replace(/"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/g, '""');
}
