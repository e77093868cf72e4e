import { markup } from "../markup.ts";

/** Colours have a contrast of at least 4.5 to what is behind their text, in both modes. */
export const pageStyle = markup`
:root { color-scheme: light dark; --page: light-dark(#fcfcfb, #161615); --ink: light-dark(#14140f, #f2f1ec); --muted: light-dark(#5f5e58, #aaa9a1);
  --line: light-dark(#dcdbd5, #35352f); --panel: light-dark(#f5f4f0, #1f1f1d); --focus: light-dark(#1d4ed8, #93c5fd);
  --integer: light-dark(#dbeafe, #17324f); --integer-line: light-dark(#2563a8, #6aa8ea); --float: light-dark(#ffe3c7, #4a2a0c); --float-line: light-dark(#b45309, #f0a35b);
  --border: light-dark(#ece6f7, #2d2542); --border-line: light-dark(#6d4fb0, #a98be8); --input: light-dark(#ffffff, #262624); --input-line: light-dark(#77766f, #8f8e86); }
:root[data-theme="light"] { color-scheme: light; }
:root[data-theme="dark"] { color-scheme: dark; }
* { box-sizing: border-box; }
html, body { height: 100%; }
body { margin: 0; display: grid; grid: auto minmax(0, 1fr) / 19rem minmax(0, 1fr) 25rem; background: var(--page); color: var(--ink); font: 14px/1.45 system-ui, sans-serif; }
body.wide { grid-template-columns: 19rem minmax(0, 1fr); }
body.wide aside { display: none; }
header { grid-column: 1 / -1; position: relative; display: flex; flex-wrap: wrap; align-items: baseline; gap: .25rem 2rem; padding: .75rem 7rem .75rem 1rem; border-bottom: 1px solid var(--line); }
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
.bar .legend { flex-wrap: wrap; }
.legend button { display: flex; gap: .35rem; align-items: center; border-color: transparent; background: none; padding: .2rem .4rem; font-size: .85rem; }
.legend button::before { content: ""; width: .85em; height: .85em; border: 1.5px solid var(--shade-line); border-radius: 3px; background: var(--shade); }
button[aria-pressed="true"] .muted { color: inherit; }
#theme { position: absolute; top: .75rem; right: 1rem; }
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
.edge.near { stroke: var(--ink); stroke-width: 2.2; }
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
kbd { padding: 0 .3em; border: 1px solid var(--line); border-radius: 4px; background: var(--page); font: .85em ui-monospace, monospace; }
table { border-collapse: collapse; font-size: .82rem; }
aside table { width: 100%; }
aside th { position: static; background: none; }
table button { padding: .05rem .4rem; }
th, td { padding: .2rem .6rem .2rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: middle; }
th { color: var(--muted); font-weight: 500; position: sticky; top: -1rem; background: var(--page); }
th.number { text-align: right; }
td.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
.histogram { display: block; width: 96px; height: 26px; fill: var(--integer-line); }
@media (max-width: 64rem) {
  body { display: block; }
  nav, aside { border: 0; border-bottom: 1px solid var(--line); max-height: 24rem; }
  main { display: block; border-bottom: 1px solid var(--line); }
}
`;
