import type { BiquadSettings } from '../sound/biquad.ts';
import type { ReverbSettings } from '../sound/reverb.ts';

/** Where the sound happens. */
export interface Space {
  name: string;
  reverb: ReverbSettings;
  /** Level of the reverb beside the dry sound. */
  wetDecibels: number;
  /** Separate echoes off far walls. */
  echo?: { seconds: number; count: number; decibels: number };
  /** What the way to the ear does to the dry sound. */
  air: BiquadSettings[];
}

const room = (name: string, decaySeconds: number, size: number, damping: number, wetDecibels: number) => ({
  name,
  reverb: { decaySeconds, size, damping },
  wetDecibels,
  air: [],
});

const places: readonly [RegExp, Space][] = [
  [
    /canyon|valley|mountain|gorge/,
    { ...room('canyon', 2.6, 1, 0.5, -15), echo: { seconds: 0.42, count: 4, decibels: -9 } },
  ],
  [
    /\bcave|cavern/,
    { ...room('cave', 3.2, 0.9, 0.35, -9), echo: { seconds: 0.19, count: 3, decibels: -12 } },
  ],
  [/cathedral|church|temple/, room('cathedral', 4.2, 1, 0.3, -8)],
  [/\bhall\b|hallway|auditorium|arena|warehouse|hangar|stadium|gym/, room('hall', 2.2, 0.75, 0.4, -10)],
  [
    /tunnel|corridor|sewer|subway/,
    { ...room('tunnel', 2.4, 0.5, 0.2, -8), echo: { seconds: 0.11, count: 4, decibels: -10 } },
  ],
  [/\broom\b|indoor|kitchen|office|house|bathroom/, room('room', 0.55, 0.25, 0.4, -14)],
  [
    /alley|street|city|urban|courtyard/,
    { ...room('street', 1.1, 0.6, 0.5, -15), echo: { seconds: 0.16, count: 2, decibels: -14 } },
  ],
  [/reverb|spacious|vast|huge space/, room('reverb', 2.8, 0.8, 0.4, -10)],
  [/echo/, { ...room('echo', 1.4, 0.7, 0.5, -14), echo: { seconds: 0.3, count: 4, decibels: -8 } }],
];
const outdoors: Space = room('open air', 0.35, 0.4, 0.7, -24);

/** The place that the prompt names, and how far and through what one hears it. */
export function findSpace(text: string): Space {
  const place = places.find(([words]) => words.test(text))?.[1] ?? outdoors;
  const isDry = /\bdry\b|close-?\s?up|\bclose\b/.test(text);
  const isFar = /distant|far away|faraway|in the distance|from afar/.test(text);
  const air: BiquadSettings[] = [];
  if (isFar) air.push({ kind: 'lowpass', frequencyHz: 1500 }, { kind: 'highpass', frequencyHz: 90 });
  if (/muffled|through (?:a|the) wall|underwater|behind/.test(text))
    air.push({ kind: 'lowpass', frequencyHz: 600 });
  if (/radio|telephone|phone call|walkie|intercom|megaphone/.test(text)) {
    air.push({ kind: 'highpass', frequencyHz: 400 }, { kind: 'lowpass', frequencyHz: 3200 });
  }
  const reverb = isFar
    ? { ...place.reverb, decaySeconds: Math.max(1.6, place.reverb.decaySeconds) }
    : place.reverb;
  return { ...place, reverb, wetDecibels: place.wetDecibels + (isFar ? 8 : 0) - (isDry ? 5 : 0), air };
}
