/** What the reader of a page is to do: write a file, or type a command. */
export type PageStep =
  | { readonly kind: "file"; readonly name: string; readonly text: string }
  | { readonly kind: "command"; readonly line: string; readonly fails: boolean };

const block = /^```(\w+)\n([\s\S]*?)^```/gm;
const fileName = /`([\w-]+\.(?:qcfg|mjs))`/g;

/**
 * The steps of a page in their order. A block of a file follows the name of that file in backticks; a command that is to fail
 * says so: `# fails`.
 */
export function stepsOfPage(markdown: string): readonly PageStep[] {
  return [...markdown.matchAll(block)].flatMap(({ 1: language, 2: text = "", index }) => {
    if (language === "sh") return text.trim().split("\n").map(commandOf);
    const name = [...markdown.slice(0, index).matchAll(fileName)].at(-1)?.[1];
    return name === undefined ? [] : [{ kind: "file", name, text }];
  });
}

function commandOf(line: string): PageStep {
  const [command = "", note = ""] = line.split(/\s+# /);
  return { kind: "command", line: command, fails: note === "fails" };
}
