import { markup } from "../markup.ts";

/** Colours have a contrast of at least 4.5 to what is behind their text, in both modes. */
export const testPageStyle = markup`
:root { color-scheme: light dark; --page: #fcfcfb; --ink: #14140f; --muted: #5f5e58; --line: #dcdbd5; --panel: #f5f4f0; --bad: #a3261b; --op: #dbeafe; --op-line: #2563a8; }
@media (prefers-color-scheme: dark) {
  :root { --page: #161615; --ink: #f2f1ec; --muted: #aaa9a1; --line: #35352f; --panel: #1f1f1d; --bad: #f39a92; --op: #17324f; --op-line: #6aa8ea; }
}
body { margin: 0 auto; max-width: 70rem; padding: 1rem 1.5rem 4rem; background: var(--page); color: var(--ink); font: 14px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.3rem; }
h2 { font-size: 1.1rem; margin-top: 2rem; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .2rem .75rem .2rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
article { margin: 1rem 0; padding: .75rem 1rem; border: 1px solid var(--line); border-left: 4px solid var(--bad); border-radius: 6px; background: var(--panel); }
pre { overflow: auto; margin: .5rem 0 0; font: 12.5px/1.5 ui-monospace, monospace; }
.bad { color: var(--bad); }
.pictures { display: flex; flex-wrap: wrap; gap: 1rem; }
figure { margin: 0; overflow: auto; }
figcaption { color: var(--muted); }
svg { display: block; font-family: system-ui, sans-serif; }
.node rect { fill: var(--op); stroke: var(--op-line); stroke-width: 1.25; }
.node.input rect { fill: var(--page); stroke: var(--muted); }
.node text { fill: var(--ink); text-anchor: middle; }
.node .op { font-size: 12px; font-weight: 600; }
.node .name { font-size: 11px; }
.edge { fill: none; stroke: var(--muted); stroke-width: 1.25; }
`;
