/**
 * Delta debugging (Zeller, "Yesterday, my program worked. Today, it does not. Why?", 1999): the smallest list found, by removing
 * ever smaller parts, that still fails. `fails` is called at most `tryMax` times.
 */
export function shrink<T>(items: readonly T[], fails: (items: readonly T[]) => boolean, tryMax = 200): readonly T[] {
  let kept = items;
  let tries = 0;
  let parts = 2;
  while (kept.length > 0) {
    const size = Math.ceil(kept.length / parts);
    let removed = false;
    for (let start = 0; start < kept.length && tries < tryMax; start += size) {
      const rest = [...kept.slice(0, start), ...kept.slice(start + size)];
      tries++;
      if (!fails(rest)) continue;
      kept = rest;
      removed = true;
      break;
    }
    if (tries >= tryMax) break;
    if (removed) parts = Math.max(2, parts - 1);
    else if (size > 1) parts = Math.min(kept.length, parts * 2);
    else break;
  }
  return kept;
}
