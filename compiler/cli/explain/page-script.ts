/**
 * What the page does when it is clicked. All that comes from a model or a rule file gets into it as text and never as markup:
 * it is data of a script element, and is put in place with `textContent`.
 */
export const pageScript = String.raw`
const data = JSON.parse(document.getElementById("data").textContent);
const { nodes, rules } = data;
const find = (selector, from = document) => from.querySelector(selector);
const findAll = (selector, from = document) => [...from.querySelectorAll(selector)];
const indexOf = new Map(nodes.map((node, i) => [node.node, i]));
const readBy = nodes.map(() => []);
nodes.forEach((node, i) => { for (const name of node.reads) readBy[indexOf.get(name)]?.push(i); });
const boxes = new Map(findAll(".node").map((box) => [Number(box.dataset.node), box]));
const kinds = { input: "an input", integer: "in integers", float: "in float", border: "between integers and reals" };

function element(tag, content = [], attributes = {}) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...[content].flat());
  return made;
}
const real = (x) => String(Number(x.toPrecision(6)));
const interval = ({ min, max }) => (min === max ? real(min) : "[" + real(min) + ", " + real(max) + "]");
const share = (x) => (x > 0 && x < 1e-4 ? "<0.01%" : (100 * x).toFixed(2) + "%");
const place = (at) => (at ? [element("span", " " + at.file + ":" + at.line, { class: "place" })] : []);
const code = (text) => element("code", text);
/** Words between backticks as code. */
const prose = (text) => text.split(/\x60([^\x60]*)\x60/).map((part, i) => (i % 2 ? code(part) : part));

// Parts of the graph: one is shown at a time.
const parts = findAll(".part");
const chooser = find("#part");
function showPart(number) {
  parts.forEach((part, i) => { part.hidden = i !== number; });
  if (chooser) chooser.value = String(number);
  fit(zoom);
}
const partOf = (index) => parts.findIndex((part) => index >= part.dataset.start && index < part.dataset.end);
let zoom = 1;
function fit(factor) {
  zoom = Math.min(4, Math.max(0.2, factor));
  for (const svg of findAll(".part:not([hidden]) svg")) svg.style.width = svg.dataset.width * zoom + "px";
}
find("#closer").addEventListener("click", () => fit(zoom * 1.25));
find("#farther").addEventListener("click", () => fit(zoom / 1.25));
find("#whole").addEventListener("click", () => {
  const svg = find(".part:not([hidden]) svg");
  const view = find("#graph");
  fit(Math.min((view.clientWidth - 32) / svg.viewBox.baseVal.width, (view.clientHeight - 32) / svg.viewBox.baseVal.height));
});
chooser?.addEventListener("change", () => showPart(Number(chooser.value)));

function showView(name) {
  document.body.classList.toggle("wide", name === "scales");
  for (const view of findAll(".view")) view.hidden = view.id !== name;
  for (const button of findAll("[data-view]")) button.setAttribute("aria-pressed", String(button.dataset.view === name));
  if (name === "scales") fillScales();
}
for (const button of findAll("[data-view]")) button.addEventListener("click", () => showView(button.dataset.view));

// A node that is chosen, and the nodes of a rule.
function select(index, focus = true) {
  const box = boxes.get(index);
  if (!box) return;
  showView("graph");
  if (box.closest(".part").hidden) showPart(partOf(index));
  for (const other of findAll(".node.selected")) other.classList.remove("selected");
  box.classList.add("selected");
  for (const edge of findAll(".edge")) edge.classList.toggle("near", edge.dataset.from === String(index) || edge.dataset.to === String(index));
  makeReachable(box);
  box.scrollIntoView({ block: "nearest", inline: "nearest" });
  if (focus) box.focus({ preventScroll: true });
  showNode(nodes[index]);
}
/** Tab reaches one node of a part, arrows lead from it to the others. */
function makeReachable(box) {
  for (const other of findAll(".node[tabindex='0']", box.closest(".part"))) other.setAttribute("tabindex", "-1");
  box.setAttribute("tabindex", "0");
}
for (const part of parts) makeReachable(find(".node", part));
for (const [index, box] of boxes) {
  box.addEventListener("click", () => select(index));
  box.addEventListener("keydown", (event) => {
    const reads = nodes[index].reads.map((name) => indexOf.get(name));
    const steps = { Enter: index, " ": index, ArrowUp: reads[0], ArrowDown: readBy[index][0], ArrowLeft: index - 1, ArrowRight: index + 1 };
    const next = steps[event.key];
    if (next === undefined) return;
    event.preventDefault();
    select(next);
  });
}
function light(names, button) {
  const isOn = button?.getAttribute("aria-pressed") === "true";
  for (const other of findAll("nav [aria-pressed='true'], .legend [aria-pressed='true']")) other.setAttribute("aria-pressed", "false");
  const lit = new Set(isOn || !names ? [] : names.map((name) => indexOf.get(name)));
  for (const [index, box] of boxes) box.classList.toggle("lit", lit.has(index));
  find("#graph").classList.toggle("dimmed", lit.size > 0);
  if (!isOn && button) button.setAttribute("aria-pressed", "true");
  const first = [...lit].find((index) => index !== undefined);
  if (first === undefined) return;
  showView("graph");
  showPart(partOf(first));
  boxes.get(first).scrollIntoView({ block: "center", inline: "center" });
}

for (const button of findAll("[data-kind]")) button.addEventListener("click", () => {
  light(nodes.filter(({ kind }) => kind === button.dataset.kind).map(({ node }) => node), button);
});

// The panel.
const panel = find("aside");
const overview = [...panel.childNodes];
function showOverview() {
  for (const other of findAll(".selected, .edge.near")) other.classList.remove("selected", "near");
  light();
  panel.replaceChildren(...overview);
}
function section(title, items) {
  return items.length === 0 ? [] : [element("h3", title), element("ul", items)];
}
function link(name) {
  const index = indexOf.get(name);
  if (index === undefined) return code(name);
  const button = element("button", name, { type: "button" });
  button.addEventListener("click", () => select(index));
  return button;
}
const links = (names) => names.flatMap((name, i) => (i ? [" ", link(name)] : [link(name)]));
function showNode(node) {
  const others = node.parts.filter((part) => part.node !== node.node);
  const work = node.macs === undefined ? [] : [element("p", node.macs.toLocaleString("en") + " multiply-accumulates")];
  panel.replaceChildren(
    element("h2", node.node),
    element("p", [element("strong", node.op), ", " + kinds[node.kind]]),
    element("p", code(node.type)),
    ...work,
    ...(node.reason === undefined ? [] : [element("h3", "In float because"), element("p", prose(node.reason))]),
    ...(node.reads.length ? [element("h3", "Reads"), element("p", links(node.reads))] : []),
    ...(readBy[indexOf.get(node.node)].length ? [element("h3", "Read by"), element("p", links(readBy[indexOf.get(node.node)].map((i) => nodes[i].node)))] : []),
    ...section("Computes also", others.map((part) => element("li", [code(part.node), " " + part.op]))),
    ...(node.sources.length ? section("In the source model", node.sources.map((name) => element("li", code(name)))) : []),
    ...section("Made by", node.rewrites.map(rewriteItem)),
    ...section("Requests", node.sites.map(siteItem)),
    ...section("Nearly applied", node.nearMisses.map(missItem)),
  );
  panel.scrollTop = 0;
}
function rewriteItem({ rule, place: at, from }) {
  const sources = from.map(({ node, op }) => node + " (" + op + ")").join(", ");
  return element("li", [element("strong", rule), ...place(at), ...(sources ? [element("br"), "from " + sources] : [])]);
}
function siteItem({ node, slot, claim, losers, group, scale }) {
  return element("li", [
    code(node + "." + slot), " = ", code(claim.request), " by ", element("strong", claim.rule), ...place(claim.place),
    ...losers.map((lost) => element("div", ["not ", code(lost.request), " by " + lost.rule, ...place(lost.place), ": ", ...prose(lost.because)], { class: "lost" })),
    ...(group === undefined ? [] : [element("div", "one scale with " + data.groups.find((one) => one.group === group).members.filter((name) => name !== node + "." + slot).join(", "))]),
    ...(scale ? [scaleBox(scale)] : []),
  ]);
}
function scaleBox(scale) {
  const lines = scaleSteps(scale).map((step) => element("div", step));
  const picture = scale.histogram ? [histogram(scale.histogram)] : [];
  const beyond = scale.saturated ? [element("div", share(scale.saturated) + " of the values saturate")] : [];
  return element("div", [...picture, ...lines, ...beyond], { class: "scale" });
}
function scaleSteps({ from, samples, observed, chosen, united, nonFinite, dtype, count, scale, zeroPoint }) {
  const seen = observed ? " in " + interval(observed) : "";
  const source = {
    samples: samples + " samples" + seen + (nonFinite ? ", " + nonFinite + " values not finite" : ""),
    constant: "the constant" + seen,
    stated: "stated by the quantizer",
    derived: "input scale × weight scale; the bias" + seen,
    "lock file": "the lock file",
  }[from];
  const scales = count === 1 ? "scale" : count + " scales";
  return [
    source,
    ...(chosen ? ["→ range " + interval(chosen)] : []),
    ...(united ? ["→ of its group " + interval(united)] : []),
    "→ " + dtype + ", " + scales + " " + interval(scale) + ", zero point " + interval(zeroPoint),
  ];
}
function missItem({ rule, place: at, reason, at: where, node }) {
  return element("li", [element("strong", rule), ...place(at), " at ", code(node), ": ", where === "kernel" ? "cannot be computed: " : "", ...prose(reason)]);
}

/** Heights are square roots: what is rare is seen beside what is frequent. */
function histogram({ min, max, counts }) {
  const most = Math.sqrt(Math.max(1, ...counts));
  const path = counts.map((count, i) => {
    const height = count === 0 ? 0 : Math.max(1, (26 * Math.sqrt(count)) / most);
    return "M" + 3 * i + " 26v" + -height + "h2.4v" + height + "z";
  });
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 96 26");
  svg.setAttribute("class", "histogram");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", "observed values from " + real(min) + " to " + real(max));
  const bars = document.createElementNS("http://www.w3.org/2000/svg", "path");
  bars.setAttribute("d", path.join(""));
  svg.append(bars);
  return svg;
}

// The table of scales, made when it is first looked at.
let isFilled = false;
function fillScales() {
  if (isFilled) return;
  isFilled = true;
  const number = (text) => element("td", text, { class: "number" });
  const rows = nodes.flatMap((node) => node.sites.filter((site) => site.scale).map(({ node: part, slot, claim, scale }) => element("tr", [
    element("td", [link(node.node), " ", code(part === node.node ? slot : part + "." + slot)]),
    element("td", scale.histogram ? histogram(scale.histogram) : scale.from),
    number(scale.observed ? interval(scale.observed) : ""),
    number(scale.united || scale.chosen ? interval(scale.united ?? scale.chosen) : ""),
    number(interval(scale.scale)),
    number(interval(scale.zeroPoint)),
    number(scale.saturated ? share(scale.saturated) : ""),
    element("td", claim.rule),
  ])));
  find("#scales tbody").append(...rows);
  find("#scales p").hidden = rows.length > 0;
}

// The list on the left.
for (const button of findAll("nav [data-rule]")) button.addEventListener("click", () => {
  const rule = rules[Number(button.dataset.rule)];
  light(rule.nodes, button);
  if (button.getAttribute("aria-pressed") === "true") showRule(rule);
});
for (const button of findAll("nav [data-go]")) button.addEventListener("click", () => select(Number(button.dataset.go)));
function showRule(rule) {
  const near = nodes.flatMap((node) => node.nearMisses.filter((miss) => miss.rule === rule.rule));
  const times = ["nothing", "once"][rule.fired] ?? rule.fired + " times";
  panel.replaceChildren(
    element("h2", rule.rule),
    element("p", place(rule.place)),
    element("p", (rule.kind === "rewrite" ? "applied " : "matched ") + times),
    ...(rule.roots ? [element("p", "begins at " + rule.roots.join(", "))] : []),
    ...(rule.nearMiss ? [element("p", prose(rule.nearMiss.reason))] : []),
    ...(rule.nodes.length ? [element("h3", "Had a part in"), element("p", links(rule.nodes))] : []),
    ...section("Nearly applied", near.map(missItem)),
  );
}

const search = find("#search");
const found = find("#found");
search.addEventListener("input", () => {
  const wanted = search.value.trim().toLowerCase();
  const fits = ({ node, op, parts, sources }) => [node, op, ...parts.map((part) => part.node), ...sources].some((text) => text.toLowerCase().includes(wanted));
  const hits = wanted === "" ? [] : nodes.filter(fits);
  light(hits.map(({ node }) => node));
  found.replaceChildren(...hits.slice(0, 12).map((node) => {
    const button = element("button", [node.node, element("span", node.op, { class: "muted" })], { type: "button" });
    button.addEventListener("click", () => select(indexOf.get(node.node)));
    return element("li", button);
  }));
  find("#hits").textContent = wanted === "" ? "" : hits.length + (hits.length === 1 ? " node" : " nodes");
});
search.addEventListener("keydown", (event) => { if (event.key === "Enter") find("button", found)?.click(); });
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && event.target !== search) {
    event.preventDefault();
    search.focus();
  }
  if (event.key !== "Escape") return;
  search.value = "";
  search.dispatchEvent(new Event("input"));
  showOverview();
});
find("#theme").addEventListener("click", () => {
  const root = document.documentElement;
  const isDark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = isDark ? "light" : "dark";
});
showPart(0);
document.body.dataset.ready = "";
`;
