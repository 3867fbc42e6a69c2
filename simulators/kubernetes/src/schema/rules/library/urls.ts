import type { Environment } from "@marcbachmann/cel-js";

class Url {
  readonly value: URL;

  constructor(value: URL) {
    this.value = value;
  }

  /** An absolute URI or an absolute path, as Go's ParseRequestURI takes them. */
  static parse(text: string): Url | undefined {
    if (!/^(?:[a-z][a-z0-9+.-]*:\/\/|\/)/i.test(text)) return undefined;
    const base = text.startsWith("/") ? "path://" : undefined;
    return URL.canParse(text, base) ? new Url(new URL(text, base)) : undefined;
  }
}

const TYPE = "kubernetes.URL";

/** @see k8s.io/apiserver/pkg/cel/library/urls.go */
export function addUrlFunctions(env: Environment): void {
  env.registerType(TYPE, { ctor: Url, fields: {} });
  env.registerFunction("isURL(string): bool", (text: string) => Url.parse(text) !== undefined);
  env.registerFunction(`url(string): ${TYPE}`, (text: string) => {
    const parsed = Url.parse(text);
    if (parsed === undefined)
      throw new Error(
        `URL parse error during conversion from string: parse ${JSON.stringify(text)}: invalid URI for request`,
      );
    return parsed;
  });
  const isPath = (url: Url) => url.value.protocol === "path:";
  env.registerFunction(`${TYPE}.getScheme(): string`, (url: Url) =>
    isPath(url) ? "" : url.value.protocol.slice(0, -1),
  );
  env.registerFunction(`${TYPE}.getHost(): string`, ({ value }: Url) => value.host);
  env.registerFunction(`${TYPE}.getHostname(): string`, ({ value }: Url) =>
    value.hostname.replace(/^\[|\]$/g, ""),
  );
  env.registerFunction(`${TYPE}.getPort(): string`, ({ value }: Url) => value.port);
  env.registerFunction(`${TYPE}.getEscapedPath(): string`, ({ value }: Url) => value.pathname);
  env.registerFunction(`${TYPE}.getQuery(): map<string, list<string>>`, ({ value }: Url) => {
    const query: Record<string, string[]> = {};
    for (const [key, text] of value.searchParams) query[key] = [...(query[key] ?? []), text];
    return query;
  });
}
