import { failureText } from "../../testing/failure-text.ts";
import type { Picture } from "../../testing/picture.ts";
import type { Failure, RuleReport } from "../../testing/rule-report.ts";
import type { FileReport } from "../../testing/test-file.ts";
import { edgePath } from "../explain/graph-svg.ts";
import { draw } from "../explain/layout.ts";
import { type Markup, markup } from "../markup.ts";
import { testPageStyle } from "./page-style.ts";
import { ruleText } from "./report-text.ts";

/** The results as one page that needs nothing else, with pictures of the graphs that refute rules. */
export function testPage(reports: readonly FileReport[]): string {
  const page = markup`<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Rules, tested</title>
<style>${testPageStyle}</style>
</head>
<body>
<h1>Rules, tested</h1>
${reports.map(fileSection)}
</body>
</html>
`;
  return `<!doctype html>\n${page.text}`;
}

function fileSection({ path, tests, rules, library, failures }: FileReport): Markup {
  const { pairs, termination, unproved } = library;
  return markup`<section>
<h2>${path}</h2>
<p>${failures.length === 0 ? "No rule was refuted." : `Refuted: ${failures.length}.`} Critical pairs: joined ${pairs.joined} of ${pairs.found} up to bound ${pairs.bound}.</p>
${failures.map(failureSection)}
${tests.map(
  ({ name, failures: found }) =>
    markup`<p class="${found.length > 0 ? "bad" : "good"}">test ${name}: ${found.length > 0 ? found.map(({ message }) => message).join("; ") : "passed"}</p>`,
)}
<table><thead><tr><th>rule</th><th>result</th></tr></thead><tbody>${rules.map(ruleRow)}</tbody></table>
${termination.map((sentence) => markup`<p>Ends: ${sentence}.</p>`)}
${unproved.map((circle) => markup`<p class="bad">No argument was found that ${circle.join(", ")} come to an end.</p>`)}
</section>`;
}

function ruleRow(rule: RuleReport): Markup {
  return markup`<tr class="${rule.failures.length > 0 ? "bad" : "good"}"><td>${rule.rule}</td><td>${ruleText(rule)}</td></tr>`;
}

function failureSection(failure: Failure): Markup {
  return markup`<article>
<div class="pictures">${failure.pictures.map(figure)}</div>
<pre>${failureText(failure)}</pre>
</article>`;
}

/** In pixels, with some room for other fonts. */
const charWidth = 7;
const height = 42;

function figure({ title, nodes }: Picture): Markup {
  const boxes = nodes.map(({ op, label, reads }) => ({
    width: Math.max(84, 20 + charWidth * Math.max(op.length, label.length)),
    height,
    reads,
  }));
  const drawing = draw(boxes, 0, boxes.length);
  const [width, depth] = [Math.ceil(drawing.width), Math.ceil(drawing.height)];
  const drawn = [...drawing.nodes].map(([i, { x, y }]) => {
    const { op, label } = nodes[i]!;
    const box = boxes[i]!;
    return markup`<g class="node ${op === "Input" ? "input" : "op"}" transform="translate(${x} ${y})"><rect x="${-box.width / 2}" y="${-height / 2}" width="${box.width}" height="${height}" rx="6"/><text class="op" y="-3">${op}</text><text class="name" y="13">${label}</text></g>`;
  });
  return markup`<figure><figcaption>${title}</figcaption><svg viewBox="0 0 ${width} ${depth}" width="${width}" height="${depth}" role="img" aria-label="${title}">${drawing.edges.map(edgePath)}${drawn}</svg></figure>`;
}
