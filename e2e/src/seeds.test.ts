import { proveSeeds } from "./link-proof/prove-seeds.ts";

proveSeeds("seeds.test.ts", 1, 12);
