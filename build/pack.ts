/**
 * Makes one file that needs nothing but a shell: `deno task pack`. It holds this Deno and the program that `deno task build`
 * made, and is for machines as this one. Arguments: the file, and another `dist/`.
 *
 * @module
 */
import { DIST, ROOT } from "./folders.ts";

const [file = `${DIST}/plica-${Deno.build.os}-${Deno.build.arch}`, dist = DIST] = Deno.args;
const { version } = JSON.parse(await Deno.readTextFile(`${ROOT}/deno.json`));

const folder = await Deno.makeTempDir();
try {
  await Deno.copyFile(Deno.execPath(), `${folder}/deno`);
  await Deno.chmod(`${folder}/deno`, 0o755);
  await Deno.mkdir(`${folder}/program`);
  await copyProgram(`${dist}/node`, `${folder}/program`);
  for (const name of ["LICENSE", "LICENSES.txt"]) await Deno.copyFile(`${dist}/${name}`, `${folder}/${name}`);
  const payload = await packed(folder);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", payload));
  const hash = [...digest.subarray(0, 6)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const head = await headWith(`plica-${version}-${hash}`);
  await Deno.writeFile(file, new Blob([head, payload]).stream(), { mode: 0o755 });
  await Deno.chmod(file, 0o755);
  console.log(`${file}: ${Math.round((head.length + payload.length) / 1e6)} MB`);
} finally {
  await Deno.remove(folder, { recursive: true });
}

/** The script in front: it names its own length, which so many digits hold. */
async function headWith(name: string): Promise<string> {
  const script = (await Deno.readTextFile(`${ROOT}/build/pack.sh`)).replaceAll("@NAME@", name);
  const digits = "@OFFSET@".length;
  return script.replaceAll("@OFFSET@", String(script.length + 1).padStart(digits, "0"));
}

/** All that it runs, without the maps for debuggers. */
async function copyProgram(from: string, to: string): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) {
      await Deno.mkdir(`${to}/${name}`);
      await copyProgram(`${from}/${name}`, `${to}/${name}`);
    } else if (!name.endsWith(".map")) await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
  }
}

async function packed(from: string): Promise<Uint8Array<ArrayBuffer>> {
  const { success, stdout, stderr } = await new Deno.Command("tar", { args: ["-czf", "-", "-C", from, "."] })
    .output();
  if (!success) throw new Error(`tar: ${new TextDecoder().decode(stderr)}`);
  return stdout;
}
