/**
 * Another program imports the library by its address: kernels, threads and WebAssembly come along, and nothing stays open.
 */
import assert from "node:assert/strict";

const ROOT = new URL("../..", import.meta.url);
const TYPES: Readonly<Record<string, string>> = {
  ts: "text/typescript",
  json: "application/json",
  wgsl: "text/plain",
  wasm: "application/wasm",
};

async function serveFile(request: Request): Promise<Response> {
  const path = new URL(request.url).pathname;
  try {
    const body = await Deno.readFile(new URL(`.${path}`, ROOT));
    return new Response(body, {
      headers: { "content-type": TYPES[path.split(".").at(-1) ?? ""] ?? "text/plain" },
    });
  } catch {
    return new Response("not found", { status: 404 });
  }
}

const program = (base: string) => `
import {
  deadLeaves, encodeNpz, gaussianProbe, openDevice, openScan, rasterPositions, reconstruct, resolveConfig, scanArrays,
  selfTest, simulateScan, train,
} from "${base}/mod.ts";
const scan = await openScan(await encodeNpz(scanArrays(simulateScan({
  side: 64,
  positions: rasterPositions({ rows: 3, columns: 3, step: 6, x0: 34, y0: 34 }),
  probe: gaussianProbe({ side: 64, photons: 1e5, sigma: 9 }),
  object: { ...deadLeaves({ height: 90, width: 90 }), x0: 0, y0: 0 },
}))));
const device = await openDevice({ accelerator: "wasm", threads: 2 });
const tests = await selfTest(device);
const values = { model: { gridsize: 1, nFiltersScale: 1 }, training: { nepochs: 1 } };
const { model } = await train(scan, { config: resolveConfig([{ layer: "program", values }]), device });
const image = await reconstruct(scan, { model, device });
await device.dispose();
await scan.close();
const adapter = await navigator.gpu?.requestAdapter();
let gpu = [];
if (adapter) {
  const device = await openDevice({ accelerator: "webgpu" });
  gpu = await selfTest(device);
  await device.dispose();
}
console.log(JSON.stringify({ passed: [...tests, ...gpu].every((one) => one.passed), size: [image.height, image.width] }));
`;

Deno.test("a program that imports mod.ts by its address trains, reconstructs and ends by itself", async () => {
  await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, serveFile);
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/program.ts`, program(`http://127.0.0.1:${server.addr.port}`));
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-A",
        "--no-check",
        "--no-config",
        "--no-lock",
        "--reload=http://127.0.0.1",
        "program.ts",
      ],
      cwd: folder,
      signal: AbortSignal.timeout(240_000),
    }).output();
    assert.equal(code, 0, new TextDecoder().decode(stderr));
    const last = new TextDecoder().decode(stdout).trim().split("\n").at(-1) ?? "";
    assert.deepEqual(JSON.parse(last), { passed: true, size: [76, 76] });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
