/**
 * The committed CPU modules: their checksums, and that the build makes the same bytes again.
 *
 * @module
 */
import assert from "node:assert/strict";

const FOLDER = new URL("../../../wasm/", import.meta.url);
const MODULES = ["plica_simd.wasm", "plica_relaxed.wasm"];

async function sha256(url: URL): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", await Deno.readFile(url));
  return new Uint8Array(digest).toHex();
}

function missingTools(): string[] {
  const folders = (Deno.env.get("PATH") ?? "").split(":");
  return ["clang-22", "wasm-ld-22", "emcc", "apt-get"].filter((tool) =>
    !folders.some((folder) => {
      try {
        return Deno.statSync(`${folder}/${tool}`).isFile;
      } catch {
        return false;
      }
    })
  );
}

Deno.test("the checksums are those of the committed modules", async () => {
  const lines = (await Deno.readTextFile(new URL("SHA256SUMS", FOLDER))).trim().split("\n");
  assert.deepEqual(lines.map((line) => line.split("  ")[1]), MODULES);
  for (const line of lines) {
    const [sum, name] = line.split("  ");
    assert.equal(await sha256(new URL(name, FOLDER)), sum, name);
  }
});

const missing = missingTools();
const reason = missing.length > 0 ? ` (skipped: ${missing.join(", ")} not installed)` : "";

Deno.test({
  name: `the build makes the committed modules byte for byte${reason}`,
  ignore: missing.length > 0,
  async fn() {
    const output = await Deno.makeTempDir();
    try {
      const script = new URL("build.sh", FOLDER).pathname;
      const { success, stderr } = await new Deno.Command("bash", { args: [script, output] }).output();
      assert.ok(success, new TextDecoder().decode(stderr));
      for (const name of MODULES) {
        const made = await Deno.readFile(`${output}/${name}`);
        const committed = await Deno.readFile(new URL(name, FOLDER));
        assert.ok(made.length === committed.length && made.every((byte, i) => byte === committed[i]), name);
      }
    } finally {
      await Deno.remove(output, { recursive: true });
    }
  },
});
