import { type DeviceId, MapperkitError, splitDeviceId } from "@mapperkit/api";

/**
 * A device as a user names it: `counter` is `default/counter`.
 * @throws MapperkitError `invalid_input`
 */
export function deviceArgument(text: string): DeviceId {
  const id = (text.includes("/") ? text : `default/${text}`) as DeviceId;
  const { namespace, name } = splitDeviceId(id);
  if (!namespace || !name || name.includes("/")) {
    throw new MapperkitError("invalid_input", `${text}: expected NAME or NAMESPACE/NAME`);
  }
  return id;
}
