import { z } from "zod";

/** `ns=2;s=Pump.Speed`, `nsu=urn:plant:pump;s=Speed`, `i=2258`. */
const NODE_ID = /^(ns=\d+;|nsu=[^;]+;)?[isgb]=.+$/;
const interval = z.coerce.number().min(0).max(3_600_000);

/** Where a property lives. Schema of its `visitors.configData`, beside the keys of all protocols. */
export const opcuaVisitor = z.preprocess(
  inOurNames,
  z.strictObject({
    nodeId: z
      .string()
      .regex(NODE_ID, "must be like ns=2;s=Pump.Speed or nsu=urn:plant:pump;s=Speed"),
    /** How often the server looks at the node, ms. Default: the property's collectCycle. */
    samplingIntervalMs: interval.optional(),
    /** Samples that the server keeps between two notifications. Default: as many as it takes. */
    queueSize: z.coerce.number().int().min(1).max(100_000).optional(),
    /** Changes up to this are not told by the server, in the node's unit. */
    serverDeadband: z.coerce.number().min(0).optional(),
    /** The same in percent of the node's EURange. */
    serverDeadbandPercent: z.coerce.number().min(0).max(100).optional(),
  }),
);
export type OpcuaVisitor = z.output<typeof opcuaVisitor>;

/** v1alpha2 has `nodeID`, and a `browseName` that is for people. */
function inOurNames(raw: unknown): unknown {
  if (typeof raw !== "object" || raw === null || !("nodeID" in raw)) return raw;
  const { nodeID, browseName: _, ...rest } = raw as Record<string, unknown>;
  return { nodeId: nodeID, ...rest };
}
