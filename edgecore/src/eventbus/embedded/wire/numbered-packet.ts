/** First bytes of the packets that are a number and nothing else (MQTT 3.1.1 §3.4–3.7) */
export const PUBACK = 0x40;
export const PUBREC = 0x50;
export const PUBREL = 0x62;

export function numberedPacket(header: number, messageId: number): Buffer {
  return Buffer.of(header, 2, messageId >> 8, messageId & 0xff);
}
