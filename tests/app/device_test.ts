/**
 * The device of a run, as its settings ask for it.
 *
 * @module
 */
import { equal, match, rejects } from "node:assert/strict";
import { openRunDevice } from "../../src/app/shell/device.ts";
import { cacheFolder } from "../../src/host/here.ts";

const settings = { accelerator: "wasm", threads: 1, precision: "f32", tune: true } as const;

Deno.test("a run opens the device that it names, and says so", async () => {
  const notes: string[] = [];
  const device = await openRunDevice(settings, (line) => notes.push(line));
  equal(device.info.kind, "wasm");
  equal(notes.length, 1);
  await device.dispose();
});

Deno.test("auto takes a GPU of hardware or else wasm, and says why", async () => {
  const notes: string[] = [];
  const device = await openRunDevice(
    { ...settings, accelerator: "auto", tune: false },
    (line) => notes.push(line),
  );
  const { kind, software, name } = device.info;
  await device.dispose();
  equal(software, false);
  if (kind === "webgpu") return equal(notes[0], `device: ${name} (auto: a hardware GPU)`);
  equal(kind, "wasm");
  match(
    notes[0],
    /^device: wasm .*\(auto: (the only GPU is .*, which runs on the CPU|no GPU was found|this engine has no WebGPU)\)$/,
  );
});

Deno.test("half precision without a GPU ends before anything is opened", async () => {
  await rejects(openRunDevice({ ...settings, precision: "f16" }, () => {}), /use --precision f32/);
});

Deno.test("what can be measured again is kept in the user's cache folder", () => {
  const env = (variables: Record<string, string>) => ({
    environment: (name: string) => variables[name],
    os: "linux",
  });
  equal(cacheFolder(env({ HOME: "/ada" })), "/ada/.cache/plica");
  equal(cacheFolder(env({ HOME: "/ada", XDG_CACHE_HOME: "/var/ada" })), "/var/ada/plica");
  equal(cacheFolder(env({})), undefined);
});
