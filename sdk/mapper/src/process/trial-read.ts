import { MapperkitError } from "@mapperkit/api";
import type { DevicePlan } from "../device-plan/device-plan.ts";
import type { Driver } from "../driver/driver.ts";
import { priorities } from "../endpoint/bus-queue.ts";
import type { Endpoint } from "../endpoint/endpoint.ts";
import { isAnswer, isLinkFailure, messageOf } from "../endpoint/failure.ts";

/**
 * Reads with a driver's new build what its former one could read a moment ago. That the device
 * refuses, or says nothing, is no mistake of the build; what else is thrown is one.
 * @throws MapperkitError `internal` saying what the build threw
 */
export async function tryRead(
  endpoint: Endpoint,
  driver: Driver,
  plan: DevicePlan,
  wasGood: ReadonlySet<string>,
): Promise<void> {
  const property = plan.properties.find(
    ({ name, fault, isReadable }) => !fault && isReadable && wasGood.has(name),
  );
  const [group] = property ? driver.groupReads([property]) : [];
  if (!property || !group) return;
  const what = `reading ${property.name}`;
  const operation = { unit: group.unit, priority: priorities.poll, what };
  const failure = await endpoint
    .perform(operation, (session, signal) => group.read(session, signal))
    .then(([answer]) => (answer && "error" in answer ? answer.error : undefined))
    .catch((error: unknown) => error);
  if (failure === undefined || isLinkFailure(failure) || isAnswer(failure)) return;
  throw new MapperkitError("internal", `${what}: ${messageOf(failure)}`, { cause: failure });
}
