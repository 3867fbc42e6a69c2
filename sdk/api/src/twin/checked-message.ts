import { z } from "zod";
import { MapperkitError } from "../errors.ts";
import { type MessageBody, parseJsonObject } from "./message-body.ts";

/**
 * Reads a message by its schema.
 * @throws MapperkitError `invalid_input` naming the field
 */
export function checkMessage<S extends z.ZodType>(
  schema: S,
  body: MessageBody,
  what: string,
): z.infer<S> {
  const result = schema.safeParse(parseJsonObject(body, `not a ${what}`));
  if (result.success) return result.data;
  throw new MapperkitError("invalid_input", `not a ${what}: ${z.prettifyError(result.error)}`, {
    details: { field: result.error.issues[0]?.path.join(".") ?? "" },
  });
}
