/** MQTT 3.1.1 §4.7. Filters are valid: the broker has checked them. */
export function matchesFilter(filter: string, topic: string): boolean {
  // A leading wildcard never matches `$…` (MQTT-4.7.2-1).
  if (topic.startsWith("$") && (filter.startsWith("+") || filter.startsWith("#"))) return false;
  const wanted = filter.split("/");
  const levels = topic.split("/");
  for (const [index, level] of wanted.entries()) {
    if (level === "#") return true;
    if (index >= levels.length) return false;
    if (level !== "+" && level !== levels[index]) return false;
  }
  return wanted.length === levels.length;
}
