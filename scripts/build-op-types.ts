/** Writes the types of layers anew, from the definitions of the ops. */
import { writeFileSync } from "node:fs";
import { printOpTypes } from "../compiler/config/op-types.ts";
import { ops } from "../compiler/ops/index.ts";

const file = new URL("../compiler/config/op-types.generated.ts", import.meta.url);
writeFileSync(file, printOpTypes(ops));
