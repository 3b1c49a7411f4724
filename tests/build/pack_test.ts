/**
 * The one file that `deno task pack` makes: it starts in an empty environment, from several processes at once, where its home
 * cannot be written, and says so where it is damaged.
 */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { encodeNpz } from "../../src/formats/npy/npz_write.ts";
import { scanArrays } from "../../src/simulation/scan_file.ts";
import { ROOT } from "../repo/modules.ts";
import { smallScan } from "../support/small_scan.ts";

const shell = Deno.build.os !== "windows";

Deno.test({
  name: `one file holds runtime and program${shell ? "" : " (skipped: there is no shell)"}`,
  ignore: !shell,
}, async () => {
  const folder = await Deno.makeTempDir();
  try {
    const file = `${folder}/plica one`, own = `${folder}/own home`;
    await built("build/build.ts", `${folder}/dist`);
    await built("build/pack.ts", file, `${folder}/dist`);
    const plica = async (env: Record<string, string>, ...args: string[]) => {
      const command = new Deno.Command(file, {
        args,
        clearEnv: true,
        env: { PATH: "/usr/bin:/bin", ...env },
        cwd: folder,
      });
      const { code, stdout, stderr } = await command.output();
      return { code, out: new TextDecoder().decode(stdout), err: new TextDecoder().decode(stderr) };
    };

    const first = await Promise.all(
      Array.from({ length: 6 }, () => plica({ PLICA_HOME: own }, "--version")),
    );
    for (const { code, out, err } of first) {
      equal(code, 0, err);
      match(out, /^plica \d/);
    }
    const [unpacked, ...others] = [...Deno.readDirSync(own)].map(({ name }) => name);
    match(unpacked, /^plica-\d+\.\d+\.\d+-[0-9a-f]{12}$/);
    deepEqual(others, [], "nothing half unpacked is left");
    deepEqual([...Deno.readDirSync(`${own}/${unpacked}`)].map(({ name }) => name).sort(), [
      ...["LICENSE", "LICENSES.txt", "deno", "program"],
    ]);

    await Deno.writeFile(`${folder}/scan.npz`, await encodeNpz(scanArrays(smallScan(5))));
    const image = await plica(
      { PLICA_HOME: own },
      ...["infer", "--test-data-file", "scan.npz", "--output-dir", "image", "--accelerator", "wasm"],
      ...["--threads", "2"],
    );
    equal(image.code, 0, image.err);
    ok((await Deno.stat(`${folder}/image/reconstructed_phase.png`)).size > 1000);

    const elsewhere = await plica({ HOME: "/proc", TMPDIR: folder }, "--version");
    equal(elsewhere.code, 0, elsewhere.err);
    ok([...Deno.readDirSync(folder)].some(({ name }) => name === ".plica"), "beside the file");

    await Deno.remove(`${folder}/.plica`, { recursive: true });
    await Deno.truncate(file, 2_000_000);
    const damaged = await plica({ HOME: `${folder}/other` }, "--version");
    equal(damaged.code, 1);
    match(damaged.err, /^plica: .*plica one: found a damaged file, expected a whole one; copy it again\n$/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

async function built(script: string, ...args: string[]): Promise<void> {
  const command = new Deno.Command(Deno.execPath(), { args: ["run", "-A", script, ...args], cwd: ROOT });
  const { success, stderr } = await command.output();
  ok(success, new TextDecoder().decode(stderr));
}
