import { equal, match } from "node:assert/strict";
import { PLICA_VERSION } from "../../src/common/version.ts";
import { ROOT } from "./modules.ts";

// `deno compile` fetches its runtime from dl.deno.land. Where that cannot be reached, DENORT_BIN names a copy.
const hasRuntime = Boolean(Deno.env.get("DENORT_BIN"));

Deno.test({
  name: `one executable file carries kernels and threads along${
    hasRuntime ? "" : " (skipped: DENORT_BIN names no denort)"
  }`,
  ignore: !hasRuntime,
}, async () => {
  const folder = await Deno.makeTempDir();
  try {
    const { tasks } = JSON.parse(Deno.readTextFileSync(new URL("deno.json", ROOT)));
    const program = `${folder}/plica`;
    const args = String(tasks.compile).split(" ").slice(1).map((word) =>
      word === "dist/plica" ? program : word
    );
    await run(Deno.execPath(), args, ROOT);
    equal(await run(program, ["--version"], folder), `plica ${PLICA_VERSION}\n`);
    match(
      await run(program, ["doctor", "--accelerator", "wasm", "--threads", "2"], folder),
      /^wasm .* 2 threads/m,
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

async function run(program: string, args: string[], cwd: string | URL): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(program, { args, cwd }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}
