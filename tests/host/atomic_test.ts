import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { linkAtomic, removeUnfinished, writeAtomic, writeFileAtomic } from "../../src/host/atomic.ts";
import { openCsv } from "../../src/host/csv.ts";
import { prepareOutputDir } from "../../src/host/output_folder.ts";
import { OptionError } from "../../src/common/errors.ts";
import { namesIn, rejectsWith, withFolder } from "../formats/support.ts";

Deno.test("text and bytes are written under their name, with nothing beside them", async () => {
  await withFolder(async (folder) => {
    await writeFileAtomic(`${folder}/a.txt`, "first");
    await writeFileAtomic(`${folder}/a.txt`, "zweites ö");
    await writeFileAtomic(`${folder}/b.bin`, new Uint8Array([1, 2]));
    equal(await Deno.readTextFile(`${folder}/a.txt`), "zweites ö");
    deepEqual(await Deno.readFile(`${folder}/b.bin`), new Uint8Array([1, 2]));
    deepEqual(await namesIn(folder), ["a.txt", "b.bin"]);
  });
});

Deno.test("a write that fails half way keeps the old file and leaves no other", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/a.txt`;
    await writeFileAtomic(path, "old");
    const failing = writeAtomic(path, async (file) => {
      await file.write(new Uint8Array(100));
      throw new TypeError("half way");
    });
    await rejects(failing, /half way/);
    equal(await Deno.readTextFile(path), "old");
    deepEqual(await namesIn(folder), ["a.txt"]);
  });
});

Deno.test("a name that is a folder, or in no folder, is refused by name", async () => {
  await withFolder(async (folder) => {
    await Deno.mkdir(`${folder}/taken`);
    await rejectsWith(writeFileAtomic(`${folder}/taken`, "x"), /taken: found/);
    await rejectsWith(writeFileAtomic(`${folder}/none/a.txt`, "x"), /none\/a\.txt: found/);
    deepEqual(await namesIn(folder), ["taken"]);
  });
});

Deno.test("an output folder is made with its parents, and an empty one accepted", async () => {
  await withFolder(async (folder) => {
    await prepareOutputDir(`${folder}/a/b`);
    await prepareOutputDir(`${folder}/a/b`);
    deepEqual(await namesIn(`${folder}/a/b`), []);
  });
});

function refused(work: Promise<void>, pattern: RegExp): Promise<void> {
  return rejects(work, (error: unknown) => {
    ok(error instanceof OptionError && pattern.test(error.message), String(error));
    return true;
  });
}

Deno.test("an output folder with files is refused unless it may be overwritten", async () => {
  await withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/old.txt`, "keep");
    await refused(prepareOutputDir(folder), /outputDir: .*a folder with files in it/);
    await prepareOutputDir(folder, { overwrite: true });
    equal(await Deno.readTextFile(`${folder}/old.txt`), "keep");
    await refused(prepareOutputDir(`${folder}/old.txt`), /a file, expected a folder/);
    await refused(prepareOutputDir(`${folder}/old.txt/below`), /outputDir/);
    deepEqual(await namesIn(folder), ["old.txt"]);
  });
});

Deno.test("CSV rows are on disk when append resolves, quoted where needed", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/m.csv`;
    await using csv = await openCsv(path, ["epoch", "loss", "note"]);
    await csv.append([1, 0.1 + 0.2, 'with "quotes", and comma']);
    await Promise.all([csv.append([2, 1e-9, undefined]), csv.append([3, NaN, "x"])]);
    equal(
      await Deno.readTextFile(path),
      'epoch,loss,note\n1,0.30000000000000004,"with ""quotes"", and comma"\n2,1e-9,\n3,NaN,x\n',
    );
  });
});

Deno.test("a CSV file in no folder, or a row of another length, is refused", async () => {
  await withFolder(async (folder) => {
    await rejectsWith(openCsv(`${folder}/none/m.csv`, ["a"]), /m\.csv: found/);
    await using csv = await openCsv(`${folder}/m.csv`, ["a"]);
    await rejects(async () => await csv.append([1, 2]), RangeError);
  });
});

Deno.test("a second name is given at once, and what a kill left unfinished is removed", async () => {
  await withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/last`, "new");
    await Deno.writeTextFile(`${folder}/best`, "old");
    await linkAtomic(`${folder}/last`, `${folder}/best`);
    equal(await Deno.readTextFile(`${folder}/best`), "new");
    await writeFileAtomic(`${folder}/last`, "newer"); // replaced, not changed
    equal(await Deno.readTextFile(`${folder}/best`), "new");
    await Deno.writeTextFile(`${folder}/.last.0123abcd.tmp`, "half");
    await Deno.writeTextFile(`${folder}/.hidden`, "mine");
    await removeUnfinished(folder);
    deepEqual(await namesIn(folder), [".hidden", "best", "last"]);
    await rejectsWith(linkAtomic(`${folder}/none`, `${folder}/best`), /best: found/);
  });
});
