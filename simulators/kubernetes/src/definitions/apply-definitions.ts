import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { text } from "node:stream/consumers";
import { MapperkitError } from "@mapperkit/api";
import { parse } from "yaml";
import type { GivenDefinition } from "./read-definitions.ts";

const PATH = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const QUERY = "fieldManager=mapperkit&force=true";

interface Access {
  readonly server: string;
  readonly ca: Buffer;
  readonly token: string;
}

interface Established {
  readonly status?: {
    readonly conditions?: readonly { type: string; status: string; message?: string }[];
  };
}

/**
 * Applies the definitions, one after another, as a client would. Each is served when this resolves.
 * @throws MapperkitError `invalid_input` with the server's answer
 */
export async function applyDefinitions(
  kubeconfig: string,
  definitions: readonly GivenDefinition[],
): Promise<void> {
  if (definitions.length === 0) return;
  const access = readAccess(kubeconfig);
  for (const definition of definitions) {
    const { name } = definition.metadata;
    await send(access, "PATCH", `${PATH}/${name}?${QUERY}`, definition);
    const { status } = (await send(access, "GET", `${PATH}/${name}`)) as Established;
    const refused = status?.conditions?.find((condition) => condition.status === "False");
    if (refused !== undefined) {
      throw new MapperkitError("invalid_input", `${name} is not served: ${refused.message}`);
    }
  }
}

function readAccess(kubeconfig: string): Access {
  const { clusters, users } = parse(kubeconfig);
  const { server, "certificate-authority-data": ca } = clusters[0].cluster;
  return { server, ca: Buffer.from(ca, "base64"), token: users[0].user.token };
}

async function send(
  { server, ca, token }: Access,
  method: string,
  path: string,
  body?: object,
): Promise<unknown> {
  const sent = request(`${server}${path}`, {
    method,
    ca,
    // No connection outlives the call: the server may be stopped right after it.
    agent: false,
    headers: {
      Authorization: `Bearer ${token}`,
      "Content-Type": body === undefined ? "application/json" : "application/apply-patch+yaml",
    },
  });
  sent.end(body === undefined ? undefined : JSON.stringify(body));
  const [answer] = (await once(sent, "response")) as [IncomingMessage];
  const content = JSON.parse(await text(answer)) as { message?: string };
  if ((answer.statusCode ?? 500) < 300) return content;
  throw new MapperkitError("invalid_input", `crds: ${content.message}`);
}
