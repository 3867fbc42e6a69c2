import { z } from "zod";

/** The cloud–edge message (cloudhub-wire §3.4): one JSON text frame. Absent, "" and false are equal. */
export const envelope = z.looseObject({
  header: z.looseObject({
    msg_id: z.string(),
    parent_msg_id: z.string().optional(),
    /** ms since 1970 */
    timestamp: z.number(),
    resourceversion: z.string().optional(),
    sync: z.boolean().optional(),
    type: z.string().optional(),
  }),
  route: z.looseObject({
    source: z.string().optional(),
    destination: z.string().optional(),
    group: z.string().optional(),
    operation: z.string().optional(),
    resource: z.string().optional(),
  }),
  content: z.unknown(),
});
export type Envelope = z.infer<typeof envelope>;
