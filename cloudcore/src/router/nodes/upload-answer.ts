import { randomUUID } from "node:crypto";
import { type Envelope, makeEnvelope } from "@mapperkit/api";
import type { Clock } from "@mapperkit/runtime";
import type { NodeListener } from "../../cloudhub/index.ts";
import type { RuleLink } from "./node-calls.ts";

/** `again`: it could not be delivered now; `nobody`: no rule wants it; `refused`: it never will be. */
export type Outcome = "delivered" | "again" | "nobody" | "refused";

/** For an edge that keeps a message until it hears this. */
export function uploadAnswer(
  { header, route }: Envelope,
  outcome: Outcome,
  clock: Clock,
): Envelope {
  return makeEnvelope({
    ...{ id: randomUUID(), timestamp: clock.now(), parentId: header.msg_id },
    ...{ source: "router_eventbus", group: "user", operation: "response" },
    ...{ resource: route.resource ?? "", content: { outcome } },
  });
}

/** Without a router: what edges keep for rules would else stay with them for ever. */
export function answerUploads(link: RuleLink, clock: Clock): NodeListener {
  const keepers = new Set<string>();
  return {
    nodeConnected: (node, { rules }) => void (rules ? keepers.add(node) : keepers.delete(node)),
    nodeDisconnected: (node) => void keepers.delete(node),
    messageArrived: (node, message) => {
      if (keepers.has(node) && !message.header.parent_msg_id)
        link.send(node, uploadAnswer(message, "nobody", clock));
    },
  };
}
