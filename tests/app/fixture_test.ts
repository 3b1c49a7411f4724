import { deepEqual, equal, match, ok, throws } from "node:assert/strict";
import { sha256Hex } from "../../src/host/hash.ts";
import { openNpz } from "../../src/formats/npy/npz.ts";
import { writeNpz } from "../../src/formats/npy/npz_write.ts";
import { rasterPositions } from "../../src/simulation/positions.ts";
import { scanArrays } from "../../src/simulation/scan_file.ts";
import { Random } from "../../src/numeric/random.ts";
import { stratifiedSample } from "../../src/scan/grouping/stratified.ts";
import { smallScan } from "../support/small_scan.ts";
import { withFolder } from "../formats/support.ts";
import { runPlica } from "./fake_session.ts";

/** Positions of a disk, denser in one half. */
function unevenDisk(n: number): { x: Float64Array; y: Float64Array } {
  const random = new Random(3, "disk");
  const points = Array.from({ length: n }, () => {
    const [r, a] = [100 * Math.sqrt(random.uniform()), 2 * Math.PI * random.uniform()];
    const x = r * Math.cos(a);
    return [x > 0 && random.uniform() < 0.9 ? -x : x, r * Math.sin(a)];
  });
  return { x: Float64Array.from(points, ([x]) => x), y: Float64Array.from(points, ([, y]) => y) };
}

Deno.test("a stratified sample covers the area and every cell of it, for any number of positions", () => {
  const positions = unevenDisk(700);
  for (const subsetSize of [4, 5, 17, 64, 699, 700]) {
    const { indices, grid, coverage } = stratifiedSample(positions, { subsetSize });
    equal(new Set(indices).size, subsetSize);
    deepEqual([...indices], [...indices].sort((a, b) => a - b));
    deepEqual(coverage, { x: 1, y: 1, boundingBox: 1, cells: 1 });
    ok(grid.rows * grid.columns <= subsetSize);
  }
});

Deno.test("the sparse half of a scan gets as many positions as the dense one", () => {
  const positions = unevenDisk(700);
  const right = (indices: Iterable<number>) => [...indices].filter((i) => positions.x[i] > 0).length;
  ok(right(Array.from(positions.x.keys())) < 0.1 * 700);
  ok(right(stratifiedSample(positions, { subsetSize: 64 }).indices) > 0.3 * 64);
});

Deno.test("a line is a scan too", () => {
  const x = Float64Array.from({ length: 50 }, (_, i) => i);
  const { coverage, grid } = stratifiedSample({ x, y: new Float64Array(50) }, { subsetSize: 10 });
  deepEqual([coverage.boundingBox, coverage.cells, grid.rows], [1, 1, 1]);
});

Deno.test("seeds choose differently, the same seed the same; too few and too many are refused", () => {
  const { x, y } = rasterPositions({ rows: 20, columns: 20, step: 4, x0: 0, y0: 0 });
  const sample = (seed: number) => [...stratifiedSample({ x, y }, { subsetSize: 40, seed }).indices];
  deepEqual(sample(1), sample(1));
  ok(sample(1).join() !== sample(2).join());
  throws(
    () => stratifiedSample({ x, y }, { subsetSize: 1 }),
    /subsetSize: found 1, expected enough to cover 90 %/,
  );
  throws(() => stratifiedSample({ x, y }, { subsetSize: 401 }), /found 401, expected 1 to 400/);
});

Deno.test("fixture writes the chosen patterns in canonical types, with a sidecar, the same bytes again", () =>
  withFolder(async (folder) => {
    const scan = smallScan(5);
    const arrays = scanArrays(scan, { pixel_size_m: 1e-8 });
    const side = scan.side;
    const labels = new Float64Array(25 * side * side).map((_, i) => i % 1000);
    await writeNpz(`${folder}/scan.npz`, {
      ...arrays,
      // as other programs write them: counts, single precision, the pattern index last
      diffraction: {
        dtype: "uint16",
        shape: [25, side, side],
        data: Uint16Array.from(scan.diffraction, (a) => Math.round(a * a)),
      },
      xcoords: { dtype: "float32", shape: [25], data: Float32Array.from(scan.xcoords) },
      label_amp: { dtype: "float64", shape: [side, side, 25], data: labels },
    });
    const args = ["fixture", `${folder}/scan.npz`, `${folder}/a.npz`, "--subset-size", "9", "--quiet"];
    const { code, out, err } = await runPlica(...args, "--json");
    equal(code, 0, err);
    const summary = JSON.parse(out);
    const bytes = await Deno.readFile(`${folder}/a.npz`);
    const record = JSON.parse(await Deno.readTextFile(`${folder}/a.json`));
    equal(record.sha256, await sha256Hex(bytes));
    equal(record.source.sha256, await sha256Hex(await Deno.readFile(`${folder}/scan.npz`)));
    deepEqual([record.file, record.source.file, record.source.patterns], ["a.npz", "scan.npz", 25]);
    ok(record.coverage.bounding_box > 0.9 && record.coverage.cells > 0.9);
    deepEqual(record.indices, summary.indices);
    await using npz = await openNpz(`${folder}/a.npz`);
    const types = Object.fromEntries(npz.entries.map(({ key, dtype, shape }) => [key, `${dtype} ${shape}`]));
    deepEqual(types, {
      diffraction: "float32 9,64,64",
      xcoords: "float64 9",
      ycoords: "float64 9",
      probeGuess: "complex64 64,64",
      objectGuess: `complex64 ${scan.object.height},${scan.object.width}`,
      label_amp: "float32 9,64,64",
      _metadata: "string ",
    });
    const amplitude = (await npz.readArray("diffraction")).data;
    const label = (await npz.readArray("label_amp")).data;
    record.indices.forEach((index: number, row: number) => {
      const at = 77;
      const counts = Math.round(scan.diffraction[index * side * side + at] ** 2);
      ok(Math.abs(Number(amplitude[row * side * side + at]) ** 2 - counts) < 1e-3);
      equal(label[row * side * side + at], (at * 25 + index) % 1000);
    });
    const refused = await runPlica(...args);
    equal(refused.code, 2);
    match(refused.err, /a\.npz is there already/);
    const sidecar = await Deno.readTextFile(`${folder}/a.json`);
    equal((await runPlica(...args, "--overwrite")).code, 0);
    deepEqual(await Deno.readFile(`${folder}/a.npz`), bytes);
    equal(await Deno.readTextFile(`${folder}/a.json`), sidecar);
  }));

Deno.test("fixture says which of its two files is missing in the call", async () => {
  for (const args of [[], ["scan.npz"]]) {
    const { code, err } = await runPlica("fixture", ...args);
    equal(code, 2);
    match(err, /^plica fixture: (SOURCE|OUT) is missing: [^\n]+\n$/);
  }
});
