/** The reason of an op that nothing computes in integers. */
export const noKernel = (op: string) => `${op}: \`${op}\` has no integer kernel`;
/** Of one that no rule asks anything for, because of what reads it or what it does. */
export const unasked = (op: string) => `${op}: no rule asks for integers of its result`;
/** Of a function of what stays in reals. */
export const behindReals = (op: string) => `${op}: its \`input\` is not quantized`;
/** Of one that only moves reals. */
export const moved = (op: string) => `${op}: what it moves is not quantized`;
