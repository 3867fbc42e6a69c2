import type { Envelope } from "./envelope.ts";

/** The fields by which one message is found in the logs of both ends: its id, and whom it answers. */
export function envelopeTrace({ header, route }: Envelope): Record<string, string> {
  const { msg_id, parent_msg_id } = header;
  return {
    message_id: msg_id,
    ...(parent_msg_id && { answers: parent_msg_id }),
    operation: route.operation ?? "",
    resource: route.resource ?? "",
  };
}
