/** One command block of a Markdown tutorial, with the output that the text promises after it. */
export interface TutorialStep {
  readonly commands: string;
  /** `start` runs on in the background, `eventually` is repeated until the output fits. */
  readonly kind: "start" | "once" | "eventually" | "processes";
  readonly output?: string;
  readonly line: number;
}

/** Reads the ```sh and ```text output blocks of a Markdown text, in order. */
export function readTutorial(markdown: string): TutorialStep[] {
  const steps: TutorialStep[] = [];
  for (const match of markdown.matchAll(/^```(\w+) ?(\w*)\n([\s\S]*?)^```$/gm)) {
    const [, language, word, body = ""] = match;
    const line = markdown.slice(0, match.index).split("\n").length;
    if (language === "sh") {
      steps.push({ commands: body.trim(), kind: (word || "once") as TutorialStep["kind"], line });
    } else if (language === "text" && word === "output") {
      const last = steps.pop();
      if (!last) throw new Error(`line ${line}: output without a command`);
      steps.push({ ...last, output: body.trim() });
    }
  }
  return steps;
}

/** Whether `printed` holds `expected`, where … stands for any text and blanks may be any number. */
export function fits(printed: string, expected: string): boolean {
  const pattern = expected
    .split("…")
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/[ \t]+/g, "[ \\t]+"))
    .join("[\\s\\S]*?");
  return new RegExp(pattern).test(printed);
}
