import { known } from "./fact.ts";
import type { Gathered, Road } from "./road.ts";
import { brokerStep, hardwareStep, mapperStep } from "./steps/device-steps.ts";
import { nodeStep, sessionStep, storeStep } from "./steps/link-steps.ts";
import { controllerStep, modelStep, objectStep } from "./steps/object-steps.ts";
import { wayBackStep } from "./steps/way-back-step.ts";

/** Judges every stretch by itself; the first that stands is the cause of what stands behind it. */
export function walkRoad(gathered: Gathered): Road {
  const steps = [
    ...[objectStep, modelStep, controllerStep, nodeStep, sessionStep, storeStep],
    ...[brokerStep, mapperStep, hardwareStep, wayBackStep],
  ].map((judge) => judge(gathered));
  const standsAt = steps.find(({ standing }) => standing === "stands");
  return {
    device: gathered.id,
    steps,
    ...(standsAt && { standsAt }),
    events: known(gathered.events) ?? [],
  };
}
