/**
 * Makes the wheel for Python in a folder: the package of `python/`, the program that `deno task build` made, and stubs with
 * every setting. Run it by `deno task wheel`, with another folder for the wheel, and another `dist/`, as arguments.
 *
 * @module
 */
import { writeZip } from "../src/formats/zip/zip_write.ts";
import { baseName } from "./assets.ts";
import { DIST, ROOT } from "./folders.ts";
import { stubs } from "./python_stubs.ts";

const [folder = `${DIST}/python`, dist = DIST] = Deno.args;
const { name, version, license } = JSON.parse(await Deno.readTextFile(`${ROOT}/deno.json`));
/** Any Python 3 on any system. */
const TAG = "py3-none-any";
const INFO = `${name}-${version}.dist-info`;

const METADATA = `Metadata-Version: 2.1
Name: ${name}
Version: ${version}
Summary: Ptychography on any GPU and any CPU
License: ${license}
Requires-Python: >=3.9
Requires-Dist: deno>=2.9,<3
Requires-Dist: numpy>=1.22
Provides-Extra: progress
Requires-Dist: tqdm; extra == "progress"
Description-Content-Type: text/markdown

`;
const WHEEL = `Wheel-Version: 1.0
Generator: ${name}
Root-Is-Purelib: true
Tag: ${TAG}
`;
const ENTRY_POINTS = `[console_scripts]
${name} = ${name}.__main__:main
`;

/** Files of the wheel, by their paths in it. */
const content = new Map<string, Uint8Array>();
const text = (path: string, value: string) => content.set(path, new TextEncoder().encode(value));

for await (const entry of Deno.readDir(`${ROOT}/python/plica`)) {
  if (entry.isFile) {
    content.set(`plica/${entry.name}`, await Deno.readFile(`${ROOT}/python/plica/${entry.name}`));
  }
}
await addFolder(`${dist}/node`, "plica/program");
text("plica/__init__.pyi", stubs());
text(`${INFO}/METADATA`, METADATA + await Deno.readTextFile(`${ROOT}/README.md`));
text(`${INFO}/WHEEL`, WHEEL);
text(`${INFO}/entry_points.txt`, ENTRY_POINTS);
for (const file of ["LICENSE", "LICENSES.txt"]) {
  content.set(`${INFO}/${file}`, await Deno.readFile(`${dist}/${file}`));
}
const record = await Promise.all([...content].map(async ([path, bytes]) => {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>));
  const hash = btoa(String.fromCharCode(...digest)).replaceAll("+", "-").replaceAll("/", "_").replace(
    /=+$/,
    "",
  );
  return `${path},sha256=${hash},${bytes.length}`;
}));
text(`${INFO}/RECORD`, `${[...record, `${INFO}/RECORD,,`].join("\n")}\n`);
await Deno.mkdir(folder, { recursive: true });
const wheel = `${folder}/${name}-${version}-${TAG}.whl`;
await writeZip(wheel, [...content].map(([path, bytes]) => ({ name: path, content: bytes })), {
  compress: true,
});
console.log(wheel);

/** What Node and Deno run alike, without the maps for debuggers. */
async function addFolder(from: string, to: string): Promise<void> {
  for await (const { name: part, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await addFolder(`${from}/${part}`, `${to}/${part}`);
    else if (!part.endsWith(".map")) {
      content.set(`${to}/${baseName(part)}`, await Deno.readFile(`${from}/${part}`));
    }
  }
}
