import { MapperkitError } from "@mapperkit/api";
import { hashPassword } from "@mapperkit/edgecore";
import type { Streams } from "../output/streams.ts";
import { type PasswordInput, readPassword } from "./read-password.ts";

/**
 * Prints a user of the edge's MQTT broker as `mqtt.usersFile` has it, or without a name the hash
 * alone. At a terminal the password is asked for twice.
 * @throws MapperkitError `invalid_input` when there is no password, or not the same one twice
 */
export async function printUser(
  name: string | undefined,
  { out, err }: Streams,
  input: PasswordInput,
): Promise<void> {
  if (name?.trim() === "") throw new MapperkitError("invalid_input", "--user is empty");
  if (input.isTTY) err("Password:");
  const password = await readPassword(input);
  if (password === "") throw new MapperkitError("invalid_input", "the password is empty");
  if (input.isTTY) {
    err("Again:");
    if ((await readPassword(input)) !== password) {
      throw new MapperkitError("invalid_input", "the two passwords are not the same");
    }
  }
  const passwordHash = await hashPassword(password);
  out(name === undefined ? passwordHash : JSON.stringify({ name, passwordHash }));
}
