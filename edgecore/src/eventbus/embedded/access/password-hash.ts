import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";

const COST_LOG2 = 14;
const BLOCK_SIZE = 8;
const HASH_BYTES = 32;

/** What is kept instead of a password: `$scrypt$ln=14,r=8,p=1$salt$hash`, salt and hash in base64. */
export const PASSWORD_HASH =
  /^\$scrypt\$ln=(1[0-9]|20),r=(\d{1,2}),p=(\d)\$([A-Za-z0-9+/]{16,})\$([A-Za-z0-9+/]{43})$/;

/** The text for `mqtt.users[].passwordHash`. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const hash = await derive(Buffer.from(password), salt, COST_LOG2, BLOCK_SIZE, 1);
  return `$scrypt$ln=${COST_LOG2},r=${BLOCK_SIZE},p=1$${base64(salt)}$${base64(hash)}`;
}

/** Takes tens of milliseconds on another thread, by intention. A text that is no hash fits nobody. */
export async function fitsHash(password: Uint8Array, text: string): Promise<boolean> {
  const [, ln, r, p, salt = "", hash = ""] = PASSWORD_HASH.exec(text) ?? [];
  if (!ln) return false;
  const expected = Buffer.from(hash, "base64");
  const given = await derive(password, Buffer.from(salt, "base64"), +ln, Number(r), Number(p));
  return timingSafeEqual(given, expected);
}

function derive(
  password: Uint8Array,
  salt: Buffer,
  costLog2: number,
  r: number,
  p: number,
): Promise<Buffer> {
  const N = 2 ** costLog2;
  const options = { N, r, p, maxmem: 256 * N * r };
  return new Promise((resolve, reject) => {
    scrypt(password, salt, HASH_BYTES, options, (error, key) => {
      if (error) reject(error);
      else resolve(key);
    });
  });
}

function base64(bytes: Buffer): string {
  return bytes.toString("base64").replaceAll("=", "");
}
