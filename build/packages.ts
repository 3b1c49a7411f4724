/**
 * The pinned packages of `src/deps`, where a bundler finds them.
 *
 * @module
 */
import type { Plugin } from "../src/deps/esbuild.ts";
import { ROOT } from "./folders.ts";

const manifest: { readonly imports: Readonly<Record<string, string>> } = JSON.parse(
  await Deno.readTextFile(`${ROOT}/deno.json`),
);
/** Packages of tests and of the build itself, and the types of packages. */
const NOT_INSIDE = /^(esbuild|typescript|playwright-core|fast-check|@types\/.*)$/;

/** Packages that go into the bundle: name and version. */
export const PACKAGES: readonly (readonly [string, string])[] = Object.entries(manifest.imports)
  .filter(([name]) => !NOT_INSIDE.test(name))
  .map(([name, target]) => [name, target.slice(`npm:${name}@`.length)] as const);

/** Installs them into `folder/node_modules`. */
export async function installPackages(folder: string): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  await Deno.writeTextFile(
    `${folder}/package.json`,
    JSON.stringify({ dependencies: Object.fromEntries(PACKAGES) }),
  );
  await Deno.writeTextFile(`${folder}/deno.json`, JSON.stringify({ nodeModulesDir: "auto" }));
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["install", "--quiet", "--no-lock"],
    cwd: folder,
  }).output();
  if (!success) throw new Error(`the packages cannot be installed: ${new TextDecoder().decode(stderr)}`);
}

/** Leads `npm:name@version/path` to the packages in `folder`. */
export function packagesPlugin(folder: string): Plugin {
  return {
    name: "packages",
    setup(build) {
      build.onResolve({ filter: /^npm:/ }, ({ path, kind }) => {
        const name = path.replace(/^npm:((?:@[^/]+\/)?[^@/]+)@[^/]+/, "$1");
        return build.resolve(name, { resolveDir: folder, kind });
      });
    },
  };
}

/** Where `h5wasm-plugins` has its filters, in its folder and in what is built. */
export const FILTERS = "plugins";

/** The filters of HDF5 lie beside the bundle, whatever its modules are called. */
export const filtersPlugin: Plugin = {
  name: "filters",
  setup(build) {
    build.onLoad({ filter: /\/h5wasm-plugins\/index\.mjs$/ }, () => ({
      contents: `export const base_url = new URL(".", import.meta.url).href.replace(/\\/$/, "");`,
    }));
  },
};

/** The text of a font's licence, beside the font. */
const FONT_LICENCE = `${ROOT}/src/pictures/assets/inter_license.txt`;

/** Licence texts of what is inside: of every package that a module of `inputs` belongs to, and of the font. */
export async function licences(inputs: readonly string[]): Promise<string> {
  const folders = inputs.flatMap((path) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path) ?? []);
  const texts = await Promise.all([...new Set(folders)].map(async (at) => {
    const { name, version, license } = JSON.parse(await Deno.readTextFile(`${at}/package.json`));
    const files = (await Array.fromAsync(Deno.readDir(at))).map((entry) => entry.name);
    const file = files.find((one) => /^(licen[cs]e|copying)/i.test(one));
    const text = file === undefined ? "" : await Deno.readTextFile(`${at}/${file}`);
    return `${name} ${version}: ${license}\n\n${text}`;
  }));
  const font = `Inter, the font of figures\n\n${await Deno.readTextFile(FONT_LICENCE)}`;
  return [...texts.sort(), font].join(`\n${"-".repeat(80)}\n`);
}
