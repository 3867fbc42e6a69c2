import type { Envelope } from "@mapperkit/api";
import type { NodeListener } from "./cloud-hub.ts";

/** Words that only the cloud's own modules say (cloudhub-wire §3.6): an edge that does is not heard. */
const CLOUD_MODULES: ReadonlySet<string> = new Set([
  ...["cloudhub", "edgecontroller", "devicecontroller", "synccontroller", "dynamiccontroller"],
  ...["policycontroller", "router", "cloudStream"],
]);

/** Takes each message of an edge to the controller that it concerns. */
export function dispatchBySource(to: {
  devices: NodeListener;
  nodes: NodeListener;
  /** What users say themselves: op `upload`, group `user`. */
  rules?: NodeListener;
  syncs?: Required<Pick<NodeListener, "acknowledged">>;
  replicas?: { connected(node: string): void; disconnected(node: string): void };
}): NodeListener {
  return {
    nodeConnected: (node, features) => {
      to.replicas?.connected(node);
      to.devices.nodeConnected(node, features);
      to.nodes.nodeConnected(node, features);
      to.rules?.nodeConnected(node, features);
    },
    nodeDisconnected: (node) => {
      to.replicas?.disconnected(node);
      to.devices.nodeDisconnected(node);
      to.nodes.nodeDisconnected(node);
      to.rules?.nodeDisconnected(node);
    },
    acknowledged: (node, message) => to.syncs?.acknowledged(node, message),
    messageArrived: (node, message) => {
      const { source = "", operation, group } = message.route;
      if (to.rules && operation === "upload" && group === "user") {
        to.rules.messageArrived(node, message);
        return;
      }
      if (CLOUD_MODULES.has(source)) return;
      controllerOf(message).messageArrived(node, message);
    },
  };

  function controllerOf({ route }: Envelope): NodeListener {
    return route.source === "twin" ? to.devices : to.nodes;
  }
}
