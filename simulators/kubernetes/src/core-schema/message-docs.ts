/** What users are told of a message, and which of its fields must be given. */
export interface MessageDocs {
  readonly text: string;
  readonly required: readonly string[];
  readonly fields: Readonly<Record<string, string>>;
}
