/**
 * A repeatable source of numbers uniform in 0..1 (1 excluded): the same seed gives the same sequence everywhere.
 * mulberry32 by Tommy Ettinger: 32 bits of state, passes gjrand; not for secrets.
 * @param seed any number; its low 32 bits count
 */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A 32-bit hash of `text` (FNV-1a over UTF-16 units): turns a prompt into a seed. Not for secrets. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
