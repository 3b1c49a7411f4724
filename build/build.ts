/**
 * Makes `dist/`, the package for npm: the library for Node and for browsers, each a folder of ES2022 modules with the files
 * that they load. Run it by `deno task build`, with the path of another folder as argument if need be.
 *
 * @module
 */
import { build, stop } from "../src/deps/esbuild.ts";
import { assetsPlugin, baseName, findAssets } from "./assets.ts";
import { DIST, ROOT } from "./folders.ts";
import { FILTERS, filtersPlugin, installPackages, licences, PACKAGES, packagesPlugin } from "./packages.ts";
import { writeTypes } from "./types.ts";

/** Where it goes. */
const folder = Deno.args[0] ?? DIST;

/**
 * The package that types of settings are made with. Others are inside, and are named by declarations that no user of the
 * library meets (`skipLibCheck`).
 */
const TYPED_BY = "zod";

type Platform = "browser" | "node";

/** Packages stay between builds: installing them again would take longer than the build. */
const PACKAGES_FOLDER = `${DIST}/.packages`;

/** Some engines know `using` but not its symbols, or neither. */
const SYMBOLS = `for (const name of ["dispose", "asyncDispose"]) {
  if (!Symbol[name]) Object.defineProperty(Symbol, name, { value: Symbol.for("Symbol." + name) });
}`;

/** Returns the modules that went in. */
async function bundle(
  { platform, to, entries }: {
    readonly platform: Platform;
    readonly to: string;
    readonly entries: readonly string[];
  },
): Promise<string[]> {
  const { threads, files } = await findAssets();
  const { metafile } = await build({
    entryPoints: [...entries, ...threads].map((path) => ({
      in: path,
      out: baseName(path).replace(/\.ts$/, ""),
    })),
    bundle: true,
    splitting: true,
    format: "esm",
    platform,
    target: "es2022",
    outdir: `${folder}/${to}`,
    chunkNames: "chunk_[hash]",
    sourcemap: true,
    metafile: true,
    absWorkingDir: ROOT,
    minifySyntax: true,
    minifyWhitespace: true,
    // Node prints the line of an error that nothing catches
    lineLimit: 160,
    legalComments: "none",
    // modules of Node are loaded under Deno and Node alone
    external: ["node:*"],
    loader: { ".wgsl": "text", ".txt": "text" },
    banner: { js: SYMBOLS },
    plugins: [assetsPlugin, filtersPlugin, packagesPlugin(PACKAGES_FOLDER)],
    logLevel: "warning",
  });
  for (const path of files) await Deno.copyFile(path, `${folder}/${to}/${baseName(path)}`);
  const [from, into] = [
    `${PACKAGES_FOLDER}/node_modules/h5wasm-plugins/${FILTERS}`,
    `${folder}/${to}/${FILTERS}`,
  ];
  await Deno.mkdir(into);
  for await (const { name } of Deno.readDir(from)) await Deno.copyFile(`${from}/${name}`, `${into}/${name}`);
  return Object.keys(metafile.inputs).map((path) => `${ROOT}/${path}`);
}

/** What npm publishes. */
async function describePackage(
  inputs: readonly string[],
  { typed }: { readonly typed: readonly string[] },
): Promise<void> {
  const { name, version, license } = JSON.parse(await Deno.readTextFile(`${ROOT}/deno.json`));
  const manifest = {
    name,
    version,
    description: "Ptychography on any GPU and any CPU",
    license,
    type: "module",
    engines: { node: ">=22.3" },
    bin: { plica: "./node/plica.js" },
    exports: {
      ".": { types: "./types/mod.d.ts", browser: "./browser/mod.js", default: "./node/mod.js" },
    },
    dependencies: Object.fromEntries(PACKAGES.filter(([name]) => name === TYPED_BY && typed.includes(name))),
    files: ["types", "browser", "node", "LICENSE", "LICENSES.txt", "README.md", "!**/*.map"],
  };
  await Deno.writeTextFile(`${folder}/package.json`, `${JSON.stringify(manifest, null, 2)}\n`);
  await Deno.writeTextFile(`${folder}/LICENSES.txt`, await licences(inputs));
  for (const file of ["LICENSE", "README.md"]) await Deno.copyFile(`${ROOT}/${file}`, `${folder}/${file}`);
}

for (const part of ["types", "browser", "node", "page"]) {
  await Deno.remove(`${folder}/${part}`, { recursive: true }).catch(() => undefined);
}
await installPackages(PACKAGES_FOLDER);
const library = [`${ROOT}/mod.ts`];
const page = ["page", "compute"].map((name) => `${ROOT}/web/${name}.ts`);
await describePackage([
  ...await bundle({ platform: "browser", to: "browser", entries: library }),
  ...await bundle({ platform: "node", to: "node", entries: [...library, `${ROOT}/cli.ts`] }),
  ...await bundle({ platform: "browser", to: "page", entries: page }),
], { typed: await writeTypes(folder) });
// what npm links the command to
await Deno.writeTextFile(`${folder}/node/plica.js`, '#!/usr/bin/env node\nimport "./cli.js";\n', {
  mode: 0o755,
});
for (const name of ["index.html", "page.css"]) {
  await Deno.copyFile(`${ROOT}/web/${name}`, `${folder}/page/${name}`);
}
await Deno.copyFile(`${folder}/LICENSES.txt`, `${folder}/page/LICENSES.txt`);
await stop();
