/**
 * Convolutions of a Keras 3 model (`model.keras`): a zip with the weights in HDF5.
 *
 * @module
 */
import { DataError } from "../common/mod.ts";
import { openZip } from "./zip/zip.ts";
import { openSource } from "../host/mod.ts";
import { type Hdf5Reader, openHdf5 } from "./hdf5/hdf5_file.ts";
import type { StoredArray } from "./hdf5/hdf5.ts";
import { toFloat32 } from "./npy/npy_write.ts";

/** A convolution: weight (out, in, height, width) as PyTorch has it, bias (out). */
export interface KerasConvolution {
  readonly name: string;
  readonly weight: StoredArray;
  readonly bias: StoredArray;
}

const WEIGHTS = "model.weights.h5";

/**
 * Returns the convolutions in the order in which they were made. A layer's slot in the file is not its name: the name is
 * an attribute, and the number in it counts the layers of a kind. Throws `DataError` for a damaged file.
 */
export async function readKerasConvolutions(bytes: Uint8Array, file: string): Promise<KerasConvolution[]> {
  const zip = await openZip(await openSource(bytes, { name: file }));
  const weights = await zip.entry(WEIGHTS).read({ atMost: 2 ** 30 });
  await using hdf5 = await openHdf5(weights, { name: `${file}: ${WEIGHTS}` });
  const found: { order: number; layer: KerasConvolution }[] = [];
  for (const slot of await hdf5.names("/layers")) {
    const name = String((await hdf5.attributes(`/layers/${slot}/vars`)).get("name") ?? slot);
    const order = /^conv2d(?:_(\d+))?$/.exec(name);
    if (order) {
      found.push({
        order: Number(order[1] ?? 0),
        layer: await readLayer(hdf5, `/layers/${slot}/vars`, name),
      });
    }
  }
  return found.sort((a, b) => a.order - b.order).map(({ layer }) => layer);
}

async function readLayer(hdf5: Hdf5Reader, path: string, name: string): Promise<KerasConvolution> {
  const [kernel, bias] = [await hdf5.read(`${path}/0`), await hdf5.read(`${path}/1`)];
  if (kernel.shape.length !== 4 || bias.shape.length !== 1) {
    throw new DataError({
      file: hdf5.file,
      key: path,
      found: `${name} of shape ${kernel.shape.join(" x ")}`,
      expected: "a kernel (height, width, in, out) and a bias (out)",
      remedy: "use a bundle of PtychoPINN's convolutional network",
    });
  }
  const [height, width, inputs, outputs] = kernel.shape;
  const from = toFloat32(kernel);
  const data = new Float32Array(from.length);
  for (let pixel = 0; pixel < height * width; pixel++) {
    for (let i = 0; i < inputs; i++) {
      for (let o = 0; o < outputs; o++) {
        data[(o * inputs + i) * height * width + pixel] = from[(pixel * inputs + i) * outputs + o];
      }
    }
  }
  return {
    name,
    weight: { shape: [outputs, inputs, height, width], data },
    bias: { shape: [outputs], data: toFloat32(bias) },
  };
}
