/**
 * The package that `deno task build` makes, packed by npm and installed in an empty folder, computes in Node what the
 * sources compute in Deno.
 */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import ts from "../../src/deps/typescript.ts";
import { ROOT } from "../repo/modules.ts";

const PROGRAM = new URL("program.mjs", import.meta.url).pathname;
const npm = await run("npm", ["--version"], ".").then(() => true, () => false);

Deno.test({
  name:
    `the npm package and its command train, solve and reconstruct in Node 22 and 24, and by address in Deno, as the sources do${
      npm ? "" : " (skipped: npm is not there)"
    }`,
  ignore: !npm,
}, async () => {
  const folder = await Deno.makeTempDir();
  try {
    const [built, user] = [`${folder}/built`, `${folder}/user`];
    await Deno.mkdir(user);
    await run(Deno.execPath(), ["run", "-A", "build/build.ts", built], ROOT);
    const packed = JSON.parse(await run("npm", ["pack", "--json", "--silent"], built));
    const names: string[] = packed[0].files.map(({ path }: { path: string }) => path);
    for (const name of ["LICENSE", "LICENSES.txt", "node/mod.js", "browser/image_network.npz"]) {
      ok(names.includes(name), name);
    }
    await Deno.writeTextFile(`${user}/package.json`, JSON.stringify({ type: "module" }));
    await run("npm", ["install", "--silent", "--no-audit", `${built}/${packed[0].filename}`], user);
    deepEqual(typeErrors(user), ["3: Type 'number' is not assignable to type 'string'."]);
    await Deno.copyFile(PROGRAM, `${user}/program.mjs`);
    const inNode = JSON.parse(await run("npx", ["-y", "node@22", "program.mjs"], user));
    match(inNode.device, /2 threads/);
    ok((await Deno.stat(`${user}/object.png`)).size > 100);

    const inDeno = JSON.parse(
      await run(Deno.execPath(), ["run", "-A", PROGRAM, new URL("mod.ts", ROOT).href], folder),
    );
    deepEqual(inNode, inDeno);
    deepEqual(await atAddress(`${built}/browser`, folder), inDeno);
    for (const version of ["22", "24"]) {
      const program = ["-y", `node@${version}`, "node_modules/plica/node/plica.js"];
      match(await run("npx", [...program, "--version"], user), /^plica \d/);
      const flags = ["--output-dir", `image${version}`, "--accelerator", "wasm", "--threads", "2", "--json"];
      const line = await run("npx", [...program, "infer", "--test-data-file", "scan.npz", ...flags], user);
      const summary = JSON.parse(line.trim().split("\n").at(-1) ?? "");
      deepEqual([summary.chosen, Object.values(summary.held_out_deviance)], [
        inNode.chosen,
        inNode.deviances,
      ]);
      ok((await Deno.stat(`${user}/image${version}/reconstructed_phase.png`)).size > 1000);
    }
    equal(inNode.errors.length, 3);
    ok(inNode.errors[2] < inNode.errors[0]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** Lines of a program with one mistake that TypeScript finds by the declarations of the package. */
function typeErrors(folder: string): string[] {
  const path = `${folder}/typed.ts`;
  Deno.writeTextFileSync(
    path,
    `import { openDevice, type Scan, solve } from "plica";
export async function image(scan: Scan) {
  const s: string = (await solve(scan, { device: await openDevice({ accelerator: "wasm" }) })).object.height;
  return s;
}
`,
  );
  const program = ts.createProgram([path], {
    ...{ noEmit: true, strict: true, skipLibCheck: true, types: [], target: ts.ScriptTarget.ES2022 },
    ...{ module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler },
  });
  return ts.getPreEmitDiagnostics(program).map(({ file, start = 0, messageText }) => {
    const line = file ? file.getLineAndCharacterOfPosition(start).line + 1 : 0;
    return `${line}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`;
  });
}

/** Runs the program in Deno with the library of the built folder `library`, loaded from a web server. */
async function atAddress(library: string, cwd: string): Promise<unknown> {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    const file = await Deno.open(`${library}${new URL(request.url).pathname}`);
    const type = request.url.endsWith(".js") ? "text/javascript" : "application/octet-stream";
    return new Response(file.readable, { headers: { "content-type": type } });
  });
  try {
    const address = `http://127.0.0.1:${server.addr.port}/mod.js`;
    return JSON.parse(await run(Deno.execPath(), ["run", "-A", "--no-lock", PROGRAM, address], cwd));
  } finally {
    await server.shutdown();
  }
}

async function run(program: string, args: string[], cwd: string | URL): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(program, { args, cwd }).output();
  if (!success) throw new Error(`${program} ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}
