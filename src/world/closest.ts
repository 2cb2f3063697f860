import { closest as nearest, distance } from 'fastest-levenshtein';

/** The word that was probably meant; undefined when none is near. */
export function closest(word: string, among: readonly string[]): string | undefined {
  if (among.length === 0) return undefined;
  const found = nearest(word, among);
  return distance(word, found) <= Math.max(2, word.length / 3) ? found : undefined;
}
