/** Clients may not say for the edge which devices there are, nor speak as the broker. */
export function isReserved(topic: string): boolean {
  if (topic.startsWith("$SYS/")) return true;
  if (!topic.startsWith("$hw/events/node/")) return false;
  return topic.split("/")[4] === "devices";
}
