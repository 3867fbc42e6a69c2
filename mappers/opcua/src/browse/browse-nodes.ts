import type { Clock, Log } from "@mapperkit/runtime";
import type { ClientSession, ReferenceDescription } from "node-opcua-client";
import { opcuaConfig } from "../config/opcua-config.ts";
import { openConnection } from "../connection/open-connection.ts";
import type { UaConnection } from "../connection/ua-connection.ts";
import { loadLibrary, type Opcua } from "../library.ts";

/** A variable of a server, as it goes into a visitor's configData. */
export interface BrowsedNode {
  /** With the namespace's URI, which stays the same over restarts of the server. */
  readonly nodeId: string;
  /** Browse names from the root of the search: `Pump/Speed`. */
  readonly path: string;
  /** Name of the built-in type. */
  readonly dataType: string;
  readonly isWritable: boolean;
}

export interface BrowseOptions {
  /** As a device's `protocol.configData`. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Where to begin. Default: the Objects folder, without the Server object. */
  readonly root?: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
}

const OBJECTS = "i=85";
const SERVER = "ns=0;i=2253";
const MOST_DEPTH = 16;
const CAN_WRITE = 2;

/**
 * Walks through a server's variables, each once.
 * @throws MapperkitError `unreachable`, saying what to check
 * @throws ZodError when the config is none
 */
export async function* browseNodes(options: BrowseOptions): AsyncGenerator<BrowsedNode> {
  const { root = OBJECTS, clock, log, signal } = options;
  const config = opcuaConfig.parse(options.config);
  const library = await loadLibrary(log);
  const connection = await openConnection({ library, config, name: "browse", clock, log, signal });
  try {
    yield* walk(library.ua, connection, { nodeId: root, path: "", depth: 0 }, new Set([SERVER]));
  } finally {
    await connection.close();
  }
}

interface Place {
  readonly nodeId: string;
  readonly path: string;
  readonly depth: number;
}

async function* walk(
  ua: Opcua,
  connection: UaConnection,
  place: Place,
  seen: Set<string>,
): AsyncGenerator<BrowsedNode> {
  if (seen.has(place.nodeId) || place.depth > MOST_DEPTH) return;
  seen.add(place.nodeId);
  const references = await connection.call("browsing", (session) => below(ua, session, place));
  for (const { nodeId, browseName, nodeClass } of references) {
    const id = nodeId.toString();
    const path = place.path === "" ? `${browseName.name}` : `${place.path}/${browseName.name}`;
    if (nodeClass === ua.NodeClass.Variable && !seen.has(id)) {
      yield await describeNode(ua, connection, id, path);
    }
    yield* walk(ua, connection, { nodeId: id, path, depth: place.depth + 1 }, seen);
  }
}

async function below(
  { BrowseDirection, NodeClass }: Opcua,
  session: ClientSession,
  { nodeId }: Place,
): Promise<ReferenceDescription[]> {
  const page = await session.browse({
    nodeId,
    browseDirection: BrowseDirection.Forward,
    referenceTypeId: "HierarchicalReferences",
    includeSubtypes: true,
    nodeClassMask: NodeClass.Object | NodeClass.Variable,
    resultMask: 63,
  });
  const found = [...(page.references ?? [])];
  let more = page.continuationPoint;
  while (more && more.length > 0) {
    const next = await session.browseNext(more, false);
    found.push(...(next.references ?? []));
    more = next.continuationPoint;
  }
  return found;
}

async function describeNode(
  ua: Opcua,
  connection: UaConnection,
  nodeId: string,
  path: string,
): Promise<BrowsedNode> {
  const { AttributeIds, DataType } = ua;
  return await connection.call("browsing", async (session) => {
    const access = await session.read({ nodeId, attributeId: AttributeIds.UserAccessLevel });
    const dataType = await session.getBuiltInDataType(ua.resolveNodeId(nodeId));
    const isWritable = (Number(access.value.value ?? 0) & CAN_WRITE) !== 0;
    return {
      nodeId: withUri(nodeId, connection),
      path,
      dataType: DataType[dataType] ?? "",
      isWritable,
    };
  });
}

function withUri(nodeId: string, { namespaces }: UaConnection): string {
  const [, index, rest] = /^ns=(\d+);(.*)$/.exec(nodeId) ?? [];
  const uri = namespaces[Number(index ?? 0)];
  return rest === undefined || uri === undefined ? nodeId : `nsu=${uri};${rest}`;
}
