/**
 * Patterns in TIFF: stacks of tifffile in several types, and a series of files, against what was written.
 */
import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { writeTiff } from "../../src/formats/tiff.ts";
import { openSource } from "../../src/host/mod.ts";
import { isTiff, openTiff } from "../../src/formats/tiff_read.ts";
import { inspectScan } from "../../src/scan/inspect.ts";
import { openScan } from "../../src/scan/scan.ts";

const folder = await Deno.makeTempDir();
addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
const SIDE = 16, PIXELS = SIDE * SIDE;
const STACKS = [["stack_int32_zlib.tif", "int32"], ["stack_uint16_big_endian.tif", "uint16"]] as const;
const fixture = (name: string) => new URL(`../../fixtures/tiff/${name}`, import.meta.url);
const valuesOf = (page: number) => Array.from({ length: PIXELS }, (_, i) => 1000 * page + i);

for (const [name, dtype] of STACKS) {
  Deno.test(`pages of ${dtype} come as tifffile wrote them`, async () => {
    const source = await openSource(fixture(name));
    equal(isTiff(await source.read(0, 4)), true);
    const { pages, height, width, dtype: found, readPage } = await openTiff(source);
    deepEqual([pages, height, width, found], [3, SIDE, SIDE, dtype]);
    for (const page of [2, 0, 1]) {
      deepEqual(Array.from((await readPage(page)).data, Number), valuesOf(page));
    }
    await source.close();
  });
}

Deno.test("a stack with positions and a probe is a scan; without positions a line says what is missing", async () => {
  await Deno.writeTextFile(`${folder}/places.csv`, "y,x\n20,20\n24,20\n20,25\n");
  const options = {
    probeFrom: { kind: "mean-pattern" },
    reading: { positionsPath: `${folder}/places.csv`, positionsUnit: "px" },
  } as const;
  await using scan = await openScan(fixture(STACKS[0][0]), options);
  deepEqual([scan.n, scan.size, scan.measurement], [3, SIDE, "counts"]);
  deepEqual([...scan.positionsPx.x], [20, 20, 25]);
  deepEqual(Array.from(await scan.readCounts([1])), valuesOf(1));
  await rejects(openScan(fixture(STACKS[0][0])), /none in a file of TIFF.*--positions-path/);
  await rejects(
    openScan(fixture(STACKS[0][0]), {
      ...options,
      reading: { ...options.reading, positionsPath: `${folder}/none.csv` },
    }),
    /none\.csv: found no such file/,
  );
});

Deno.test("files that differ in their number are one series, by that number", async () => {
  for (const k of [1, 2, 10]) {
    await writeTiff(`${folder}/frame_${k}.tif`, {
      width: SIDE,
      height: SIDE,
      data: Float32Array.from(valuesOf(k)),
    });
  }
  await Deno.writeTextFile(`${folder}/frame_notes.tif`, "no number");
  await Deno.writeTextFile(`${folder}/places.txt`, "20 20\n24 20\n20 25\n");
  await using scan = await openScan(`${folder}/frame_2.tif`, {
    probeFrom: { kind: "mean-pattern" },
    reading: { positionsPath: `${folder}/places.txt`, positionsUnit: "px" },
  });
  equal(scan.n, 3);
  deepEqual(Array.from(await scan.readCounts([2])), valuesOf(10));
});

Deno.test("a file that is cut short is named", async () => {
  const bytes = (await Deno.readFile(fixture(STACKS[0][0]))).subarray(0, 300);
  await Deno.writeFile(`${folder}/cut.tif`, bytes);
  await rejects(inspectScan(`${folder}/cut.tif`), (error: Error) => {
    match(error.message, /cut\.tif: .*expected a whole TIFF/);
    return true;
  });
});
