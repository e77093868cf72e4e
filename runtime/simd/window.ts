// Windows over one axis: `size` taps at `start + i · dilation`. Those inside [0, extent) follow one another.

/** The first tap at 0 or behind. */
@inline
export function firstTap(start: i32, dilation: i32): i32 {
  return start < 0 ? (dilation - 1 - start) / dilation : 0;
}

/** One more than the last tap before `extent`; not above 0 if there is none. */
@inline
export function endTap(start: i32, dilation: i32, size: i32, extent: i32): i32 {
  return start < extent ? min(size, (extent - start + dilation - 1) / dilation) : 0;
}

/** How many taps lie in [−before, extent). */
export function tapCount(start: i32, dilation: i32, size: i32, before: i32, extent: i32): i32 {
  return max(0, endTap(start, dilation, size, extent) - firstTap(start + before, dilation));
}
