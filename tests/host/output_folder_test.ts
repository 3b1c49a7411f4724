import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { claimOutputDir, claimOutputFile } from "../../src/host/output_folder.ts";
import { claimAsPair, claimInChild } from "../support/claiming_pairs.ts";
import { namesIn, withFolder } from "../formats/support.ts";

Deno.test("a claimed folder is refused to every other run, which is told who holds it", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/a/b`;
    const claim = await claimOutputDir(path);
    await rejects(
      claimOutputDir(path, { overwrite: true }),
      new RegExp(`which a run \\(process ${Deno.pid} on .+, since 20.+\\) is writing`),
    );
    await Deno.writeTextFile(`${path}/result.txt`, "1");
    await claim[Symbol.asyncDispose]();
    deepEqual(await namesIn(path), ["result.txt"]);
    await rejects(claimOutputDir(path), /a folder with files in it/);
    await (await claimOutputDir(path, { overwrite: true }))[Symbol.asyncDispose]();
  });
});

Deno.test("a claim that nothing was written under leaves nothing behind, parents included", async () => {
  await withFolder(async (folder) => {
    await using claim = await claimOutputDir(`${folder}/a/b/c`);
    equal((await Deno.stat(`${folder}/a/b/c`)).isDirectory, true);
    await claim[Symbol.asyncDispose]();
    deepEqual(await namesIn(folder), []);
  });
});

Deno.test("a file is claimed by a lock beside it", async () => {
  await withFolder(async (folder) => {
    const claim = await claimOutputFile(`${folder}/scan.npz`);
    await rejects(claimOutputFile(`${folder}/scan.npz`), /outputFile: .*scan\.npz, which a run/);
    await (await claimOutputFile(`${folder}/other.npz`))[Symbol.asyncDispose]();
    await claim[Symbol.asyncDispose]();
    deepEqual(await namesIn(folder), []);
  });
});

Deno.test({
  name: "the lock of a process that was killed is recognised, said and taken over",
  ignore: Deno.build.os === "windows",
}, async () => {
  await withFolder(async (folder) => {
    const child = claimInChild(folder, Infinity);
    const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    equal((await reader.read()).value, "won\n");
    child.kill("SIGKILL");
    await child.status;
    await reader.cancel();
    deepEqual(await namesIn(folder), [".plica.lock"]);
    await Deno.writeTextFile(`${folder}/.wts.h5.zip.0123abcd.tmp`, "half");
    const notes: string[] = [];
    await using claim = await claimOutputDir(folder, { onNote: (line) => notes.push(line) });
    match(
      notes.join("\n"),
      new RegExp(`^[^\\n]*a run \\(process ${child.pid} on [^\\n]* ended before it was done[^\\n]*$`),
    );
    await claim[Symbol.asyncDispose]();
    deepEqual(await namesIn(folder), []);
  });
});

Deno.test("of two processes that claim one folder at the same time, one wins", async () => {
  await withFolder(async (folder) => {
    for (let pair = 0; pair < 3; pair++) {
      const said = (await claimAsPair(`${folder}/${pair}`, 1500)).sort();
      equal(said[1], "won");
      ok(said[0].startsWith("lost: outputDir: "), said[0]);
    }
  });
});
