import type { OpDef, OpTable } from "../ir/op.ts";
import { Constant } from "./constant.ts";
import { Conv2D } from "./conv-2d.ts";
import { Dequantize } from "./dequantize.ts";
import { Input } from "./input.ts";
import { Quantize } from "./quantize.ts";
import { ReLU } from "./relu.ts";
import { Reshape } from "./reshape.ts";

/** Every op. An explicit list: nothing registers itself. */
const list: readonly OpDef[] = [Constant, Conv2D, Dequantize, Input, Quantize, ReLU, Reshape];

export const ops: OpTable = new Map(list.map((op) => [op.name, op]));
