import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { fitsHash } from "./password-hash.ts";
import type { MqttUser } from "./user-settings.ts";

/** More attempts than this wait for their turn: further ones are refused unheard. */
const MAX_ATTEMPTS = 200;
/** A hash of nothing, so that an unknown name takes as long as a known one. */
const NOBODY = `$scrypt$ln=14,r=8,p=1$${"A".repeat(22)}$${"A".repeat(43)}`;

/** Who may connect. Passwords are tried one at a time: guessing costs one thread at most. */
export class UserAccounts {
  readonly #users: ReadonlyMap<string, MqttUser>;
  /** What fitted before, under a key of this process: devices that come back cost no scrypt. */
  readonly #key = randomBytes(32);
  readonly #known = new Map<string, Buffer>();
  #turn: Promise<unknown> = Promise.resolve();
  #attempts = 0;

  constructor(users: readonly MqttUser[]) {
    this.#users = new Map(users.map((user) => [user.name, user]));
  }

  /** `undefined` unless the password is the user's. */
  async find(name: string, password: Uint8Array): Promise<MqttUser | undefined> {
    const user = this.#users.get(name);
    const digest = createHmac("sha256", this.#key).update(password).digest();
    const known = this.#known.get(name);
    if (known && timingSafeEqual(known, digest)) return user;
    if (this.#attempts >= MAX_ATTEMPTS) return undefined;
    this.#attempts += 1;
    const attempt = this.#turn.then(() => fitsHash(password, user?.passwordHash ?? NOBODY));
    this.#turn = attempt.catch(() => {});
    try {
      if (!(await attempt) || !user) return undefined;
    } finally {
      this.#attempts -= 1;
    }
    this.#known.set(name, digest);
    return user;
  }
}
