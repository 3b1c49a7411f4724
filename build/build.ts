/**
 * Makes `dist/`, the package for npm: the library for Node and for browsers, each a folder of ES2022 modules with the files
 * that they load. Run it by `deno task build`, with the path of another folder as argument if need be.
 *
 * @module
 */
import { build, stop } from "../src/deps/esbuild.ts";
import { assetsPlugin, baseName, findAssets } from "./assets.ts";
import { DIST, ROOT } from "./folders.ts";
import { installPackages, licences, packagesPlugin } from "./packages.ts";

/** Where it goes. */
const folder = Deno.args[0] ?? DIST;

type Platform = "browser" | "node";

/** Packages stay between builds: installing them again would take longer than the build. */
const PACKAGES_FOLDER = `${DIST}/.packages`;

/** Some engines know `using` but not its symbols, or neither. */
const SYMBOLS = `for (const name of ["dispose", "asyncDispose"]) {
  if (!Symbol[name]) Object.defineProperty(Symbol, name, { value: Symbol.for("Symbol." + name) });
}`;

/** Returns the modules that went in. */
async function bundle(platform: Platform): Promise<string[]> {
  const { threads, files } = await findAssets();
  const { metafile } = await build({
    entryPoints: [`${ROOT}/mod.ts`, ...threads].map((path) => ({
      in: path,
      out: baseName(path).replace(/\.ts$/, ""),
    })),
    bundle: true,
    splitting: true,
    format: "esm",
    platform,
    target: "es2022",
    outdir: `${folder}/${platform}`,
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
    plugins: [assetsPlugin, packagesPlugin(PACKAGES_FOLDER, platform)],
    logLevel: "warning",
  });
  for (const path of files) await Deno.copyFile(path, `${folder}/${platform}/${baseName(path)}`);
  return Object.keys(metafile.inputs).map((path) => `${ROOT}/${path}`);
}

/** What npm publishes. */
async function describePackage(inputs: readonly string[]): Promise<void> {
  const { name, version, license } = JSON.parse(await Deno.readTextFile(`${ROOT}/deno.json`));
  const manifest = {
    name,
    version,
    description: "Ptychography on any GPU and any CPU",
    license,
    type: "module",
    engines: { node: ">=22.3" },
    exports: { ".": { browser: "./browser/mod.js", default: "./node/mod.js" } },
    files: ["browser", "node", "LICENSE", "LICENSES.txt", "README.md", "!**/*.map"],
  };
  await Deno.writeTextFile(`${folder}/package.json`, `${JSON.stringify(manifest, null, 2)}\n`);
  await Deno.writeTextFile(`${folder}/LICENSES.txt`, await licences(inputs));
  for (const file of ["LICENSE", "README.md"]) await Deno.copyFile(`${ROOT}/${file}`, `${folder}/${file}`);
}

for (const platform of ["browser", "node"]) {
  await Deno.remove(`${folder}/${platform}`, { recursive: true }).catch(() => undefined);
}
await installPackages(PACKAGES_FOLDER);
await describePackage([...await bundle("browser"), ...await bundle("node")]);
await stop();
