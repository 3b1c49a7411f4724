import { deepEqual, equal, ok } from "node:assert/strict";
import { openHdf5 } from "../../src/formats/hdf5/hdf5_file.ts";
import { rejectsWith } from "./support.ts";

const interop = (name: string) => new URL(`../../fixtures/interop/${name}`, import.meta.url);
const expected = JSON.parse(await Deno.readTextFile(interop("filters.json")));

Deno.test("every compression gives the numbers that h5py reads", async () => {
  await using file = await openHdf5(interop("filters.h5"));
  for (const [name, { sum, first, last }] of Object.entries<Record<string, number>>(expected)) {
    const { data, shape } = await file.read(`/${name}`);
    if (data instanceof Array) throw new Error(`${name} is text`);
    const values = Array.from(data as Float64Array, Number);
    const found = {
      sum: values.reduce((total, value) => total + value, 0),
      first: values[0],
      last: values.at(-1),
    };
    deepEqual(found, { sum, first, last }, `${name} ${shape}`);
  }
});

Deno.test("rows of a packed dataset are those of the whole", async () => {
  await using file = await openHdf5(interop("filters.h5"));
  const whole = await file.read("/bitshuffle_lz4");
  const rows = await file.readRows("/bitshuffle_lz4", { first: 2, count: 3 });
  deepEqual(rows.shape, [3, ...whole.shape.slice(1)]);
  const size = whole.shape[1] * whole.shape[2];
  deepEqual(rows.data, whole.data.slice(2 * size, 5 * size));
});

Deno.test("external links of an Eiger master are followed, and a missing file is named", async () => {
  await using file = await openHdf5(interop("eiger_master.h5"));
  const data = (await file.datasets()).filter(({ path }) => path.startsWith("/entry/data/"));
  deepEqual(data.map(({ path }) => path).sort(), ["/entry/data/data_000001", "/entry/data/data_000002"]);
  ok((await file.read("/entry/data/data_000001")).shape[0] > 0);
  const folder = await Deno.makeTempDir();
  try {
    await Deno.copyFile(interop("eiger_master.h5"), `${folder}/alone.h5`);
    await using alone = await openHdf5(`${folder}/alone.h5`);
    await rejectsWith(
      alone.read("/entry/data/data_000001"),
      /a link to eiger_data_000001\.h5, which is not there/,
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("attributes, text and complex numbers of a product", async () => {
  await using file = await openHdf5(interop("product_ptychodus_1.7.0.h5"));
  const attributes = await file.attributes("/");
  ok(typeof attributes.get("detector_object_distance_m") === "number");
  equal(typeof attributes.get("name"), "string");
  ok((await file.read("/probe")).dtype.startsWith("complex"));
});

Deno.test("a path that is not there is refused with those that are", async () => {
  await using file = await openHdf5(interop("ptychi_dp.hdf5"));
  await rejectsWith(file.read("/nothing"), /ptychi_dp\.hdf5: \/nothing: found only \/dp, expected a dataset/);
  await rejectsWith(openHdf5(new Uint8Array(100), { name: "x.h5" }), /^x\.h5: found no readable HDF5/);
});
