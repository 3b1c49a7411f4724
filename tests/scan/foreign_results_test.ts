/**
 * Results of other programs as objects, each against what its own program says of it.
 */
import { deepEqual, equal, ok } from "node:assert/strict";
import { readObjectFile } from "../../src/image/object_file.ts";
import { initialFrom } from "../../src/solver/folder.ts";
import { openScan } from "../../src/scan/scan.ts";
import { rejectsWith } from "../formats/support.ts";

const interop = (name: string) => new URL(`../../fixtures/interop/${name}`, import.meta.url);
const json = async (name: string) => JSON.parse(await Deno.readTextFile(interop(name)));
const scan32 = await json("scan32.json");

function near(found: ArrayLike<number>, wanted: ArrayLike<number>, within: number): void {
  equal(found.length, wanted.length);
  ok(Array.from(found).every((value, i) => Math.abs(value - wanted[i]) <= within), `${found} for ${wanted}`);
}

const shapeOf = ({ object }: { object: { height: number; width: number } }) => [object.height, object.width];

for (const file of ["fold_slice_Niter3.mat", "ptychoshelves_recon.h5"]) {
  Deno.test(`the object and probe of ${file} are turned to rows`, async () => {
    const facts = await json("fold_slice_Niter3.json");
    const stored = await readObjectFile(interop(file));
    deepEqual(shapeOf(stored), facts.object_shape);
    const at = 2 * (2 * stored.object.width + 5);
    near(stored.object.data.subarray(at, at + 2), facts.object_2_5, 1e-6);
    const [size, , modes] = facts.probe_shape;
    deepEqual([stored.probe?.size, stored.probe?.modes], [size, modes]);
    const mode = 2 * (size * size + size + 2);
    near(stored.probe?.data.subarray(mode, mode + 2) ?? [], facts.probe_1_2_1, 1e-6);
    if (file.endsWith(".mat")) near([stored.pixelSizeM ?? 0], [scan32.object_pixel_m], 1e-15);
  });
}

Deno.test("the result of PtyLab has positions on its object", async () => {
  const stored = await readObjectFile(interop("ptylab_result.hdf5"));
  deepEqual(shapeOf(stored), [80, 80]);
  near(stored.positionsPx?.x.subarray(0, 3) ?? [], scan32.x_px.slice(0, 3).map((x: number) => x + 40), 1e-4);
  deepEqual([stored.probe?.size, stored.losses?.length], [32, 2]);
});

Deno.test("the result of ptypy", async () => {
  const facts = await json("recon_ptypy.json");
  const stored = await readObjectFile(interop("recon_ptypy.ptyr"));
  deepEqual(shapeOf(stored), facts.shape.slice(1));
  near([stored.pixelSizeM ?? 0], [2.24949115e-7], 1e-14);
});

for (const version of ["1.2", "1.7.0"]) {
  Deno.test(`the product of ptychodus ${version}`, async () => {
    const facts = await json(`product_ptychodus_${version}.json`);
    const stored = await readObjectFile(interop(`product_ptychodus_${version}.h5`));
    deepEqual(shapeOf(stored), facts.object_shape.slice(-2));
    const { object: { data } } = stored;
    ok(data.every(Number.isFinite));
    const middle = version === "1.2" ? 0 : 0.5;
    near(stored.positionsPx?.x ?? [], facts.object_px.map(([x]: number[]) => x + middle), 1e-6);
  });
}

Deno.test("the product of PtychoPINN has its positions from the corner, and no dummy pixel", async () => {
  const stored = await readObjectFile(interop("product_ptychopinn.h5"));
  deepEqual(shapeOf(stored), [60, 64]);
  near(stored.positionsPx?.x.subarray(0, 1) ?? [], [24.00683855], 1e-6);
  equal(stored.pixelSizeM, undefined);
});

Deno.test("a result of another program starts a solver where the scan lies", async () => {
  await using scan = await openScan(interop("scan32_cdtools.cxi"), { probeFrom: interop("tike.npz") });
  for (const [file, x0] of [["ptylab_result.hdf5", -40], ["product_ptychopinn.h5", -30]] as const) {
    const { object, positionsPx } = initialFrom(await readObjectFile(interop(file)), { scan });
    equal(object?.x0, x0);
    near(positionsPx?.x ?? [], scan.positionsPx.x, 1e-3);
  }
  const { object } = initialFrom(await readObjectFile(interop("fold_slice_Niter3.mat")), { scan });
  ok(Math.abs((object?.x0 ?? NaN) + 32) <= 1, `${object?.x0}`);
});

Deno.test("a file without a result, and damaged ones, are refused", async () => {
  await rejectsWith(readObjectFile(interop("eiger_master.h5")), /HDF5 file without a result that is known/);
  const bytes = await Deno.readFile(interop("fold_slice_Niter3.mat"));
  for (const length of [40, 100, 130, 200, 20000]) {
    await rejectsWith(readObjectFile(bytes.slice(0, length)), /found .*expected /);
  }
  bytes.fill(7, 200, 260);
  await rejectsWith(readObjectFile(bytes), /damaged MATLAB file/);
});
