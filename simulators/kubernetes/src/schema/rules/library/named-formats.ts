import type { Environment } from "@marcbachmann/cel-js";
import { checkerOf } from "../../formats.ts";

const LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const LABEL_1035 = "[a-z]([-a-z0-9]*[a-z0-9])?";
const QUALIFIED = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";

/** A form that text may have; `format.dns1123Label()` and its like. */
class NamedFormat {
  readonly name: string;
  readonly faultOf: (text: string) => string | undefined;

  constructor(name: string, faultOf: (text: string) => string | undefined) {
    this.name = name;
    this.faultOf = faultOf;
  }
}

class Formats {}

const pattern = (source: string, longest: number, what: string) => (text: string) => {
  if (text.length > longest) return `must be no more than ${longest} characters`;
  return new RegExp(`^(?:${source})$`).test(text) ? undefined : what;
};
const known = (format: string) => (text: string) =>
  checkerOf(format)?.accepts(text) === false ? `invalid ${format}` : undefined;

const LABEL_TEXT = `a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '${LABEL}')`;
const SUBDOMAIN_TEXT = `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '${LABEL}(\\.${LABEL})*')`;
const LABEL_1035_TEXT = `a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '${LABEL_1035}')`;
const QUALIFIED_TEXT = `name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '${QUALIFIED}')`;
const LABEL_VALUE_TEXT = `a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')`;

const FORMATS: Readonly<Record<string, (text: string) => string | undefined>> = {
  dns1123Label: pattern(LABEL, 63, LABEL_TEXT),
  dns1123Subdomain: pattern(`${LABEL}(\\.${LABEL})*`, 253, SUBDOMAIN_TEXT),
  dns1035Label: pattern(LABEL_1035, 63, LABEL_1035_TEXT),
  qualifiedName: pattern(`(${LABEL}(\\.${LABEL})*/)?${QUALIFIED}`, 317, QUALIFIED_TEXT),
  labelValue: pattern(`(${QUALIFIED})?`, 63, LABEL_VALUE_TEXT),
  uri: known("uri"),
  uuid: known("uuid"),
  byte: known("byte"),
  date: known("date"),
  datetime: known("datetime"),
};
const TYPE = "kubernetes.NamedFormat";

/** @see k8s.io/apiserver/pkg/cel/library/format.go */
export function addFormatFunctions(env: Environment): void {
  env.registerType(TYPE, { ctor: NamedFormat, fields: {} });
  env.registerType("kubernetes.Formats", { ctor: Formats, fields: {} });
  env.registerConstant("format", "kubernetes.Formats", new Formats());
  for (const [name, faultOf] of Object.entries(FORMATS)) {
    const made = new NamedFormat(name, faultOf);
    env.registerFunction(`kubernetes.Formats.${name}(): ${TYPE}`, () => made);
  }
  env.registerFunction(
    `kubernetes.Formats.named(string): optional<${TYPE}>`,
    (_formats: Formats, name: string) => {
      const faultOf = Object.hasOwn(FORMATS, name) ? FORMATS[name] : undefined;
      return optionalOf(env, faultOf && new NamedFormat(name, faultOf));
    },
  );
  env.registerFunction(
    `${TYPE}.validate(string): optional<list<string>>`,
    ({ faultOf }: NamedFormat, text: string) => {
      const fault = faultOf(text);
      return optionalOf(env, fault === undefined ? undefined : [fault]);
    },
  );
}

/** The engine knows optionals of its own class only. */
function optionalOf(env: Environment, value: unknown): unknown {
  const none = env.evaluate("optional.none()") as { constructor: { of(value: unknown): unknown } };
  return value === undefined ? none : none.constructor.of(value);
}
