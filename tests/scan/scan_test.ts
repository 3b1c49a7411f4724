import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { encodeNpz, textArray } from "../../src/formats/npy/npz_write.ts";
import { sha256Hex } from "../../src/host/hash.ts";
import { inspectScan } from "../../src/scan/inspect.ts";
import { openScan } from "../../src/scan/scan.ts";
import { fixture } from "../formats/support.ts";
import { goodScan, scanFile } from "./support.ts";

async function openNoting(
  source: Parameters<typeof openScan>[0],
  options: Parameters<typeof openScan>[1] = {},
) {
  const notes: string[] = [];
  const scan = await openScan(source, { ...options, onNote: (line) => notes.push(line) });
  return { scan, notes };
}

Deno.test("a canonical scan is opened without a note, in the domain it says", async () => {
  const bytes = await scanFile();
  const { scan, notes } = await openNoting(bytes, { name: "scan.npz" });
  deepEqual(notes, []);
  deepEqual([scan.source, scan.n, scan.size, scan.measurement], ["scan.npz", 9, 64, "amplitude"]);
  deepEqual([scan.probe.modes, scan.probe.size, scan.probe.data.length], [1, 64, 2 * 64 * 64]);
  deepEqual(Array.from(scan.positionsPx.y.subarray(2, 5)), [0, 8, 8]);
  equal(scan.streams, true);
  deepEqual(scan.labels, []);
  equal(scan.objectGuess, undefined);
  equal(await scan.sha256(), await sha256Hex(bytes));
  await scan.close();
});

Deno.test("patterns come in the order asked for, as counts and as amplitudes", async () => {
  const stored = goodScan().diffraction.data as Float32Array;
  await using scan = await openScan(await scanFile());
  const amplitudes = await scan.readAmplitudes([7, 0, 1]);
  deepEqual(amplitudes.subarray(0, 4096), stored.subarray(7 * 4096, 8 * 4096));
  deepEqual(amplitudes.subarray(4096), stored.subarray(0, 2 * 4096));
  const counts = await scan.readCounts([7]);
  deepEqual(counts, stored.subarray(7 * 4096, 8 * 4096).map((value) => value * value));
  const out = new Float32Array(4096);
  equal(await scan.readCounts([7], out), out);
  deepEqual(out, counts);
  equal(scan.meanCounts.toFixed(3), (stored.reduce((sum, v) => sum + v * v, 0) / 9).toFixed(3));
  await rejects(scan.readCounts([9]), RangeError);
  await rejects(scan.readCounts([-1]), RangeError);
  await rejects(scan.readCounts([0, 1], out), RangeError);
});

Deno.test("numpy's canonical scan: object, scan index, labels and metadata are found", async () => {
  const { scan, notes } = await openNoting(fixture("scan_canonical.npz"));
  deepEqual(notes, []);
  deepEqual([scan.n, scan.size, scan.streams, scan.pixelSizeM], [6, 64, false, 3e-8]);
  deepEqual([scan.objectGuess?.height, scan.objectGuess?.width], [5, 7]);
  deepEqual(scan.objectGuess?.data.subarray(0, 4), new Float32Array([0, 0, 1, -2]));
  deepEqual(scan.scanIndex, new Int32Array(6));
  deepEqual(scan.labels, ["label_amp"]);
  await scan.close();
});

Deno.test("integers are counts, several modes of a complex128 probe are taken, both with a note", async () => {
  const { scan, notes } = await openNoting(fixture("scan_counts.npz"));
  equal(scan.measurement, "counts");
  equal(scan.probe.modes, 2);
  deepEqual(notes, [
    "diffraction: uint16 is converted to float32 as it is read",
    "diffraction: uint16 taken as photon counts (measurement settles doubt)",
    "probeGuess: complex128 converted to complex64",
  ]);
  await using canonical = await openScan(fixture("scan_canonical.npz"));
  const [counts, amplitudes] = [await scan.readCounts([0, 5]), await scan.readAmplitudes([0, 5])];
  deepEqual(amplitudes, await canonical.readAmplitudes([0, 5]));
  equal(Math.max(...counts), 400);
  ok((await canonical.readCounts([0, 5])).every((value, i) => Math.abs(value - counts[i]) < 1e-4));
  await scan.close();
});

Deno.test("diff3d of shape (N, N, n) in float64 gives the same patterns, with notes", async () => {
  const { scan, notes } = await openNoting(fixture("scan_diff3d.npz"));
  deepEqual(notes, [
    "diff3d: taken as diffraction",
    "diff3d: stack of shape [64, 64, 6] taken as (N, N, n)",
    "diff3d: float64 is converted to float32 as it is read",
  ]);
  await using canonical = await openScan(fixture("scan_canonical.npz"));
  deepEqual(await scan.readAmplitudes([3, 4, 0]), await canonical.readAmplitudes([3, 4, 0]));
  await scan.close();
});

Deno.test("the measurement option settles doubt, and says so", async () => {
  const counts = await openNoting(fixture("scan_canonical.npz"), { measurement: "counts" });
  equal(counts.scan.measurement, "counts");
  deepEqual(counts.notes, ["diffraction: float32 taken as counts, as the measurement option says"]);
  const amplitude = await openNoting(fixture("scan_counts.npz"), { measurement: "amplitude" });
  equal((await amplitude.scan.readCounts([0])).reduce((a, b) => Math.max(a, b)), 160000);
  await counts.scan.close();
  await amplitude.scan.close();
});

Deno.test("whole numbers stored as float are pointed out as likely counts", async () => {
  const data = Float32Array.from({ length: 9 * 4096 }, (_, i) => i % 13);
  const { scan, notes } = await openNoting(
    await scanFile({ diffraction: { dtype: "float32", shape: [9, 64, 64], data } }),
  );
  equal(scan.measurement, "amplitude");
  ok(/whole numbers.*measurement/.test(notes[0]), notes[0]);
  await scan.close();
});

Deno.test("64 patterns of 64 x 64 are taken in the canonical order", async () => {
  const { scan, notes } = await openNoting(await encodeNpz(goodScan(64)));
  deepEqual(notes, []);
  deepEqual(
    await scan.readAmplitudes([1]),
    (goodScan(64).diffraction.data as Float32Array).subarray(4096, 8192),
  );
  await scan.close();
});

Deno.test("another probe key, a real probe, columns and metadata that is no JSON are taken with notes", async () => {
  const changes = {
    probe: { dtype: "float32", shape: [1, 64, 64], data: new Float32Array(4096).fill(2) },
    xcoords: { dtype: "float32", shape: [9, 1], data: new Float32Array([0, 5, 9, 0, 5, 9, 0, 5, 9]) },
    _metadata: textArray("not json"),
    objectGuess: { dtype: "float32", shape: [7], data: new Float32Array(7) },
  } as const;
  const { scan, notes } = await openNoting(await scanFile(changes), { probeKey: "probe" });
  deepEqual(scan.probe.data.subarray(0, 4), new Float32Array([2, 0, 2, 0]));
  equal(scan.metadata, undefined);
  deepEqual(notes.map((note) => note.split(":")[0]), ["xcoords", "_metadata", "probe", "objectGuess"]);
  await scan.close();
});

Deno.test("a stored stack is read in place: opening it holds no patterns", async () => {
  const bytes = await scanFile();
  let largest = 0;
  class Watching extends Blob {
    override slice(start?: number, end?: number): Blob {
      largest = Math.max(largest, (end ?? this.size) - (start ?? 0));
      return super.slice(start, end);
    }
  }
  await using scan = await openScan(new Watching([bytes]));
  largest = 0;
  await scan.readCounts([4]);
  equal(largest, 4 * 4096);
});

Deno.test("an aborted opening stops", async () => {
  const signal = AbortSignal.abort(new Error("stop it"));
  await rejects(async () => await openScan(await scanFile(), { signal }), /stop it/);
});

Deno.test("inspecting a good scan gives its figures and no problem", async () => {
  const report = await inspectScan(fixture("scan_canonical.npz"));
  deepEqual(report.problems, []);
  deepEqual([report.n, report.size, report.measurement, report.probeModes], [6, 64, "amplitude", 1]);
  deepEqual(report.extentPx, { minX: 40, maxX: 65, minY: 50, maxY: 60 });
  deepEqual([report.hasObjectGuess, report.pixelSizeM], [true, 3e-8]);
  equal(Math.round(report.maxCounts ?? 0), 400);
  ok(report.entries.some(({ key }) => key === "label_amp"));
});
