import type { Colour } from './picture.ts';

/** Tables that move a plane's samples `amount` 0..1 of the way to a colour, given as Y'CbCr: air between eye and land. */
export function hazeTones(haze: Colour, amount: number): Uint8Array[] {
  return haze.map((goal) => Uint8Array.from({ length: 256 }, (_, value) => value + (goal - value) * amount));
}
