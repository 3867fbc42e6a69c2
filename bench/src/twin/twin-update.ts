/** What a mapper sends: one property with its time, 200 bytes with the topic. */
export function updateOf(device: number, n: number): { topic: string; body: string } {
  return {
    topic: `$hw/events/device/default/dev-${device}/twin/update`,
    body: `{"event_id":"${n}","timestamp":1700000000000,"twin":{"p0":{"actual":{"value":"${n}","metadata":{"timestamp":1700000000000}},"metadata":{"type":"string"}}}}`,
  };
}
