/**
 * Diffraction data of ptychodus with the product beside them, which has positions, probe and object.
 *
 * @module
 */
import { DataError } from "../../../common/mod.ts";
import type { Hdf5Reader } from "../../../formats/mod.ts";
import type { ForeignFile, ForeignScan, ScanReader } from "../foreign.ts";
import { badPixelsAt, framesAt, vectorAt } from "../values.ts";
import { isProduct, type Product, readProduct } from "./ptychodus_product.ts";

/** Names of the product in a run folder, the newest first. */
const PRODUCTS = ["product.h5", "product-out.h5", "product-in.h5"];

/** ptychodus, `diffraction.h5`. */
export const ptychodus: ScanReader = {
  format: "ptychodus diffraction data",
  async recognises({ hdf5 }) {
    return hdf5 !== undefined && await hdf5.find("/patterns") !== undefined &&
      await hdf5.find("/indexes") !== undefined;
  },
  async read(file): Promise<ForeignScan> {
    const { hdf5 } = file;
    if (!hdf5) throw new Error("it is HDF5");
    const frames = await framesAt(hdf5, "/patterns");
    const attributes = await hdf5.attributes("/patterns");
    const indexes = await vectorAt(hdf5, "/indexes");
    const { product, name } = await productOf(file);
    const pixel = (side: string) => Number(attributes.get(`detector_pixel_${side}_m`) ?? 0);
    const order = joined(product.indexes, indexes, { file: hdf5.file, product: name });
    return {
      format: "ptychodus diffraction data",
      frames,
      order,
      positions: { x: product.x, y: product.y, unit: "frame-px" },
      probe: product.probe?.size === frames.width ? product.probe : undefined,
      object: product.object,
      badPixels: await badPixelsAt(hdf5, "/bad_pixels"),
      exposure: {
        wavelengthM: product.wavelengthM,
        distanceM: product.distanceM,
        ...(pixel("width") > 0 ? { detectorPixelM: [pixel("height"), pixel("width")] } : {}),
      },
      notes: [`positions, probe and object from ${name}`],
    };
  },
};

async function productOf({ beside, source }: ForeignFile): Promise<{ product: Product; name: string }> {
  for (const name of PRODUCTS) {
    const file: Hdf5Reader | undefined = await beside(name);
    if (file && await isProduct(file)) return { product: await readProduct(file), name };
  }
  throw new DataError({
    file: source.name,
    key: "positions",
    found: "diffraction data of ptychodus without its product",
    expected: `${PRODUCTS.join(" or ")} beside it`,
    remedy: "copy the product of the run there, or name positions with --positions-path",
  });
}

/** Frames in the order of the positions, joined by their indexes. */
function joined(
  wanted: Float64Array,
  given: Float64Array | undefined,
  { file, product }: { file: string; product: string },
): Int32Array {
  const places = new Map(Array.from(given ?? [], (index, place) => [index, place]));
  return Int32Array.from(wanted, (index) => {
    const place = places.get(index);
    if (place !== undefined) return place;
    throw new DataError({
      file,
      key: "indexes",
      found: `no pattern of index ${index}, which ${product} has a position of`,
      expected: "a pattern for each position",
      remedy: "use the product of this scan",
    });
  });
}
