/** Run in each version of Node: the digests of pinned graphs, in the order of the list, as JSON. */
import { digestOfReplay, pinned } from "../support/replays.ts";

console.log(JSON.stringify(pinned.map(([text]) => digestOfReplay(text))));
