import { MapperkitError } from "@mapperkit/api";
import type { BatchMapper } from "../definition/batch-mapper.ts";
import type { PropertyPlan } from "../device-plan/property-plan.ts";
import type { Answer, Driver, ReadGroup } from "./driver.ts";
import { rawValueOf } from "./raw-value.ts";
import { subscriber } from "./subscriber.ts";

// biome-ignore lint/suspicious/noExplicitAny: its own schemas have checked what the driver is given
type AnyBatch = BatchMapper<any, any, any>;

/** One operation for all properties that are due together. */
export function createBatchDriver(mapper: AnyBatch): Driver {
  const { writeMany } = mapper;
  return {
    groupReads: (due) => (due.length > 0 ? [readTogether(mapper, due)] : []),
    maxOrders: Number.POSITIVE_INFINITY,
    write:
      writeMany &&
      (async (session, orders, signal) => {
        const ops = orders.map(({ plan, value }) => {
          const { name: property, type, visitor } = plan;
          return { property, type, visitor, value: rawValueOf(plan, value), signal };
        });
        return complete(await writeMany.call(mapper, session, ops), ops.length, "writeMany");
      }),
    subscribe: subscriber(mapper),
  };
}

function readTogether(mapper: AnyBatch, properties: readonly PropertyPlan[]): ReadGroup {
  return {
    unit: properties[0]?.unit ?? "",
    properties,
    async read(session, signal) {
      const ops = properties.map(({ name: property, type, visitor }) => {
        return { property, type, visitor, signal };
      });
      const told = await mapper.readMany(session, ops);
      return complete(told, ops.length, "readMany").map(answerOf);
    },
  };
}

function answerOf(told: unknown): Answer {
  return told instanceof Error ? { error: told } : { told };
}

function complete<T>(results: readonly T[], count: number, what: string): readonly T[] {
  if (Array.isArray(results) && results.length === count) return results;
  const seen = Array.isArray(results) ? `${results.length} results` : "no results";
  throw new MapperkitError("internal", `${what} gave ${seen} for ${count} properties`);
}
