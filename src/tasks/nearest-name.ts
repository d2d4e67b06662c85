const nameCharactersMax = 64;
/** So much of a name tells which one is meant. */
const beginningCharactersMin = 4;

/** The one of `names` that `given` was most likely meant to be, or undefined where none is near. */
export function nearestName(given: string, names: readonly string[]): string | undefined {
  if (given.length > nameCharactersMax) return undefined;
  const wanted = given.toLowerCase().replaceAll(/[_\s-]/g, '');
  let nearest: { name: string; distance: number } | undefined;
  for (const name of names) {
    const isBeginning = wanted.length >= beginningCharactersMin && name.toLowerCase().startsWith(wanted);
    const distance = isBeginning ? 1 : editDistance(wanted, name.toLowerCase());
    if (!nearest || distance < nearest.distance) nearest = { name, distance };
  }
  const distanceMax = Math.max(2, Math.floor(wanted.length / 3));
  return nearest && nearest.distance <= distanceMax ? nearest.name : undefined;
}

/** Levenshtein's distance: the fewest insertions, deletions and replacements that turn one into the other. */
function editDistance(from: string, to: string): number {
  let previous = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const replaced = (previous[column - 1] ?? 0) + (from[row - 1] === to[column - 1] ? 0 : 1);
      const inserted = (current[column - 1] ?? 0) + 1;
      const deleted = (previous[column] ?? 0) + 1;
      current.push(Math.min(replaced, inserted, deleted));
    }
    previous = current;
  }
  return previous[to.length] ?? 0;
}
