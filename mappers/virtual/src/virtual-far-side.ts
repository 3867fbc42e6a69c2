import type { FarSideProtocol } from "@mapperkit/sim-plant";

/** The far side of virtual devices: there is none, the mapper itself is where they are. */
export const virtualFarSide: FarSideProtocol = {
  serve: async () => ({
    ...{ places: [], plants: new Map(), moved: new Map() },
    [Symbol.asyncDispose]: async () => undefined,
  }),
  multiply: () => ({}),
};
