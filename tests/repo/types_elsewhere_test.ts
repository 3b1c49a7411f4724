/**
 * A program in a folder of its own, with Deno's default types, checks without an error in the files of the library.
 */
import assert from "node:assert/strict";

const LIBRARY = new URL("../../mod.ts", import.meta.url).href;

Deno.test("a script in another folder that imports the library passes deno check", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const script =
      `import { openDevice } from "${LIBRARY}";\nconst open: typeof openDevice = openDevice;\nvoid open;\n`;
    await Deno.writeTextFile(`${folder}/script.ts`, script);
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["check", "--quiet", "script.ts"],
      cwd: folder,
      env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
    }).output();
    assert.ok(success, new TextDecoder().decode(stderr));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
