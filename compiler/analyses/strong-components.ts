/** The sets of items that lead to each other, largest sets that there are (Tarjan, 1972), without recursion. */
export function strongComponents<T>(
  items: readonly T[],
  next: (item: T) => Iterable<T>,
): readonly (readonly T[])[] {
  const order = new Map<T, number>();
  const low = new Map<T, number>();
  const onStack = new Set<T>();
  const stack: T[] = [];
  const components: (readonly T[])[] = [];
  for (const start of items) {
    if (order.has(start)) continue;
    const way: { readonly item: T; readonly others: Iterator<T> }[] = [];
    const enter = (item: T) => {
      order.set(item, order.size);
      low.set(item, order.get(item)!);
      stack.push(item);
      onStack.add(item);
      way.push({ item, others: next(item)[Symbol.iterator]() });
    };
    const lower = (item: T, to: number) => low.set(item, Math.min(low.get(item)!, to));
    enter(start);
    for (let at = way.at(-1); at !== undefined; at = way.at(-1)) {
      const { done, value: other } = at.others.next();
      if (done !== true) {
        if (!order.has(other)) enter(other);
        else if (onStack.has(other)) lower(at.item, order.get(other)!);
        continue;
      }
      way.pop();
      const before = way.at(-1);
      if (before) lower(before.item, low.get(at.item)!);
      if (low.get(at.item) !== order.get(at.item)) continue;
      const component = stack.splice(stack.indexOf(at.item));
      for (const item of component) onStack.delete(item);
      components.push(component);
    }
  }
  return components;
}
