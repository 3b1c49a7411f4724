/** Placeholder while kernels are written. */
export const pendingWasm = {
  calls: (): never => {
    throw new Error("pending");
  },
};
export const pendingWebgpu = {
  calls: (): never => {
    throw new Error("pending");
  },
};
