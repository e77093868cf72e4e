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

// Transposed windows: tap `k` meets the input at `(place − k · dilation) / stride`, where that is an integer in [0, extent).
// The taps that do are equally far apart; the places where they do follow each other backwards.

/** The first tap that meets the input at a place of the result, or `size`. */
export function firstMeeting(place: i32, size: i32, stride: i32, dilation: i32, extent: i32): i32 {
  for (let k = 0; k < size; k++, place -= dilation) {
    if (place < 0) return size;
    if (place % stride == 0 && place / stride < extent) return k;
  }
  return size;
}

/** How far taps that meet the input are apart: the places where they do are `step · dilation / stride`. */
export function meetingStep(stride: i32, dilation: i32): i32 {
  let step = 1;
  while ((step * dilation) % stride != 0) step++;
  return step;
}
