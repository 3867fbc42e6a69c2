import { createPrivateKey, generateKeyPair, type KeyObject } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { MapperkitError } from "@mapperkit/api";
import { writeSecret } from "./credentials.ts";

const FILE = "service-account-key.pem";
const RSA_BITS = 2048;

/** The key that signs the tokens of service accounts: made for the first of them, then kept. */
export class SigningKey {
  readonly #file: string;
  #making: Promise<KeyObject> | undefined;
  #key: KeyObject | undefined;

  constructor(dataDir: string) {
    this.#file = join(dataDir, FILE);
  }

  /** @throws MapperkitError `invalid_input` naming the file, when it is damaged */
  async find(): Promise<KeyObject | undefined> {
    if (this.#key !== undefined) return this.#key;
    const pem = await readFile(this.#file, "utf8").catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return undefined;
      throw error;
    });
    if (pem !== undefined) this.#key = readKey(this.#file, pem);
    return this.#key;
  }

  /** Made where there is none; once, however many ask. */
  async findOrMake(): Promise<KeyObject> {
    const found = await this.find();
    if (found !== undefined) return found;
    this.#making ??= this.#make().finally(() => {
      this.#making = undefined;
    });
    return await this.#making;
  }

  async #make(): Promise<KeyObject> {
    const { privateKey } = await promisify(generateKeyPair)("rsa", { modulusLength: RSA_BITS });
    await writeSecret(this.#file, String(privateKey.export({ type: "pkcs8", format: "pem" })));
    this.#key = privateKey;
    return privateKey;
  }
}

function readKey(file: string, pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    throw new MapperkitError(
      "invalid_input",
      `key ${file} is damaged: delete it to have a new one made (service accounts then need new tokens)`,
      { cause, details: { file } },
    );
  }
}
