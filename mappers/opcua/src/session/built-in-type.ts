import type { ClientSession, DataType } from "node-opcua-client";
import type { Opcua } from "../library.ts";

/** The built-in type in which a variable's value travels, whatever its own type is derived from. */
export async function builtInTypeOf(
  { resolveNodeId }: Opcua,
  session: ClientSession,
  nodeId: string,
): Promise<DataType> {
  return await session.getBuiltInDataType(resolveNodeId(nodeId));
}
