import { markup } from "../markup.ts";

/** Colours have a contrast of at least 4.5 to what is behind their text, in both modes. */
export const pageStyle = markup`
:root { color-scheme: light dark; --page: #fcfcfb; --ink: #14140f; --muted: #5f5e58; --line: #dcdbd5; --panel: #f5f4f0; --focus: #1d4ed8;
  --integer: #dbeafe; --integer-line: #2563a8; --float: #ffe3c7; --float-line: #b45309; --border: #ece6f7; --border-line: #6d4fb0; --input: #ffffff; --input-line: #77766f; }
@media (prefers-color-scheme: dark) {
  :root { --page: #161615; --ink: #f2f1ec; --muted: #aaa9a1; --line: #35352f; --panel: #1f1f1d; --focus: #93c5fd;
    --integer: #17324f; --integer-line: #6aa8ea; --float: #4a2a0c; --float-line: #f0a35b; --border: #2d2542; --border-line: #a98be8; --input: #262624; --input-line: #8f8e86; }
}
* { box-sizing: border-box; }
html, body { height: 100%; }
body { margin: 0; display: grid; grid: auto minmax(0, 1fr) / 19rem minmax(0, 1fr) 25rem; background: var(--page); color: var(--ink); font: 14px/1.45 system-ui, sans-serif; }
header { grid-column: 1 / -1; display: flex; flex-wrap: wrap; align-items: baseline; gap: .25rem 2rem; padding: .75rem 1rem; border-bottom: 1px solid var(--line); }
h1 { margin: 0; font-size: 1.15rem; }
h2 { margin: 0 0 .25rem; font-size: 1rem; overflow-wrap: anywhere; }
h3 { margin: 1rem 0 .25rem; font-size: .78rem; font-weight: 600; color: var(--muted); text-transform: uppercase; letter-spacing: .04em; }
p { margin: .25rem 0; overflow-wrap: anywhere; }
.figures { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; margin: 0; }
.figures div { display: flex; gap: .4rem; }
dt, .muted { color: var(--muted); }
dd { margin: 0; font-weight: 600; font-variant-numeric: tabular-nums; }
nav, aside { overflow: auto; padding: .75rem 1rem 2rem; background: var(--panel); }
nav { border-right: 1px solid var(--line); }
aside { border-left: 1px solid var(--line); }
main { display: grid; grid-template-rows: auto minmax(0, 1fr); min-width: 0; }
.bar { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: center; padding: .5rem 1rem; border-bottom: 1px solid var(--line); }
.bar .group { display: flex; gap: .25rem; align-items: center; }
.legend { margin-left: auto; gap: .9rem; color: var(--muted); font-size: .85rem; }
.legend span::before { content: ""; display: inline-block; width: .8em; height: .8em; margin-right: .35em; border: 1.5px solid var(--shade-line); border-radius: 3px; background: var(--shade); vertical-align: -1px; }
.integer { --shade: var(--integer); --shade-line: var(--integer-line); }
.float { --shade: var(--float); --shade-line: var(--float-line); }
.border { --shade: var(--border); --shade-line: var(--border-line); }
.input { --shade: var(--input); --shade-line: var(--input-line); }
button, select, input { font: inherit; color: inherit; background: var(--page); border: 1px solid var(--line); border-radius: 6px; padding: .2rem .6rem; }
input { width: 100%; padding: .35rem .6rem; }
button { cursor: pointer; }
button:hover { border-color: var(--muted); }
button[aria-pressed="true"] { background: var(--ink); border-color: var(--ink); color: var(--page); }
:focus-visible { outline: 2px solid var(--focus); outline-offset: 1px; }
nav ul { list-style: none; margin: 0; padding: 0; }
nav li button { display: flex; justify-content: space-between; gap: .75rem; width: 100%; border: 0; border-radius: 4px; background: none; padding: .15rem .35rem; text-align: left; overflow-wrap: anywhere; }
nav li button:hover { background: var(--line); }
nav li button[aria-pressed="true"] { background: var(--ink); }
nav li small { display: block; color: var(--muted); }
nav li button[aria-pressed="true"] small { color: inherit; }
nav .count { font-variant-numeric: tabular-nums; }
nav details { margin-top: .75rem; }
summary { cursor: pointer; font-weight: 600; }
.view { overflow: auto; padding: 1rem; }
.view[hidden], .part[hidden] { display: none; }
.part svg { display: block; margin: 0 auto; font-family: system-ui, sans-serif; }
.node { cursor: pointer; outline: none; }
.node rect { fill: var(--shade); stroke: var(--shade-line); stroke-width: 1.25; }
.node.float rect { stroke-dasharray: 5 3; }
.node text { fill: var(--ink); text-anchor: middle; }
.node .op { font-size: 12px; font-weight: 600; }
.node .name { font-size: 11px; }
.node:focus-visible rect { stroke: var(--focus); stroke-width: 3; }
.node.selected rect { stroke-width: 3.5; stroke-dasharray: none; }
.edge, .stub { fill: none; stroke: var(--muted); stroke-width: 1.2; }
.stub { stroke-dasharray: 2 2; }
.dimmed .node:not(.lit) { opacity: .28; }
.dimmed .edge { opacity: .35; }
aside ul { margin: 0; padding-left: 1.1rem; }
aside li { margin: .2rem 0; overflow-wrap: anywhere; }
aside .lost { color: var(--muted); }
aside button { padding: 0 .35rem; margin: .1rem 0; text-align: left; overflow-wrap: anywhere; }
.place { color: var(--muted); font-size: .88em; }
code { font: .92em ui-monospace, monospace; overflow-wrap: anywhere; }
.scale { margin: .25rem 0 .5rem; padding: .4rem .6rem; border: 1px solid var(--line); border-radius: 6px; background: var(--page); font-size: .92em; }
table { border-collapse: collapse; font-size: .82rem; }
table button { padding: .05rem .4rem; }
th, td { padding: .2rem .9rem .2rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: middle; }
th { color: var(--muted); font-weight: 500; position: sticky; top: -1rem; background: var(--page); }
td.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
.histogram { display: block; width: 96px; height: 26px; fill: var(--integer-line); }
@media (max-width: 64rem) {
  body { display: block; }
  nav, aside { border: 0; border-bottom: 1px solid var(--line); max-height: 24rem; }
  main { display: block; border-bottom: 1px solid var(--line); }
}
`;
