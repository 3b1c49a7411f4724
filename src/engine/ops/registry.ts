/**
 * The operations by name, for tests and benches that go through all of them.
 *
 * @module
 */
import * as OPS from "./operations.ts";

export { OPS };
