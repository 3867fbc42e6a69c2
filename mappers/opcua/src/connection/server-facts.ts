import type { ClientSession } from "node-opcua-client";
import type { Opcua } from "../library.ts";
import type { OperationLimits } from "./ua-connection.ts";

const NAMESPACE_ARRAY = "i=2255";
/** OPC UA part 6, A.1: Server_ServerCapabilities_OperationLimits_… */
const LIMITS = { maxRead: "i=11705", maxWrite: "i=11707", maxMonitor: "i=11714" } as const;

/** What is asked of a server once in each session. */
export async function serverFacts(
  { AttributeIds }: Opcua,
  session: ClientSession,
): Promise<{ namespaces: readonly string[]; limits: OperationLimits }> {
  const nodes = [NAMESPACE_ARRAY, LIMITS.maxRead, LIMITS.maxWrite, LIMITS.maxMonitor];
  const told = await session.read(
    nodes.map((nodeId) => ({ nodeId, attributeId: AttributeIds.Value })),
  );
  const [namespaces, ...limits] = told.map(({ value }) => value?.value as unknown);
  const [maxRead = 0, maxWrite = 0, maxMonitor = 0] = limits.map(limitOf);
  return {
    namespaces: Array.isArray(namespaces) ? namespaces.map(String) : [],
    limits: { maxRead, maxWrite, maxMonitor },
  };
}

/** Servers without this node have no limit that they would tell. */
function limitOf(value: unknown): number {
  return typeof value === "number" && value > 0 ? value : 0;
}
