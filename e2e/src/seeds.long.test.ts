import { proveSeeds } from "./link-proof/prove-seeds.ts";

proveSeeds("seeds.long.test.ts", 1, 200);
