import { readFile } from "node:fs/promises";
import { type DeviceId, MapperkitError } from "@mapperkit/api";
import { z } from "zod";
import { PASSWORD_HASH } from "./password-hash.ts";

const deviceId = z.custom<DeviceId>(
  (value) => typeof value === "string" && /^[a-z0-9][-a-z0-9.]*\/[a-z0-9][-a-z0-9.]*$/.test(value),
  "must be namespace/name of a device",
);

export const mqttUser = z.strictObject({
  name: z.string().min(1),
  passwordHash: z.string().regex(PASSWORD_HASH, "must be $scrypt$ln=…,r=…,p=…$salt$hash"),
  /** The user speaks for these devices and hears of them only; without the list, of everything. */
  devices: z.array(deviceId).optional(),
});
export type MqttUser = z.infer<typeof mqttUser>;

export const mqttUsers = z
  .array(mqttUser)
  .refine((users) => new Set(users.map(({ name }) => name)).size === users.length, {
    error: "has two users of one name",
  });

/** A JSON file with a list of users. @throws MapperkitError `invalid_input` naming file and field */
export async function readUsers(file: string): Promise<MqttUser[]> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(file, "utf8"));
  } catch (cause) {
    throw unusable(file, cause instanceof Error ? cause.message : String(cause), cause);
  }
  const users = mqttUsers.safeParse(value);
  if (users.success) return users.data;
  const [issue] = users.error.issues;
  throw unusable(file, `${issue?.path.join(".") || "the list"} ${issue?.message}`);
}

function unusable(file: string, reason: string, cause?: unknown): MapperkitError {
  const message = `mqtt.usersFile ${file} cannot be used: ${reason}`;
  return new MapperkitError("invalid_input", message, { cause, details: { usersFile: file } });
}
