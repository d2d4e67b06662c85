import { hashText, seededRandom } from '../../media/random.ts';
import { acousticGenres, fallbackGenre } from './acoustic-genres.ts';
import { electronicGenres } from './electronic-genres.ts';
import type { Genre, Groove, Instrument, Kit } from './genre.ts';
import { type Key, keyNames, type Mode } from './theory.ts';

/** Everything about the song that the tags decide. */
export interface Style {
  genre: Genre;
  tempoBpm: number;
  beatsPerBar: 3 | 4;
  key: Key;
  /** Most wanted first: those the tags name, then the genre's own. */
  instruments: Instrument[];
  groove: Groove;
  kit: Kit;
  sung: boolean;
  voice: 'high' | 'low';
  /** 0..1, see {@link Genre.pumping}. */
  pumping: number;
  swing: number;
  /** Added to every section's energy. */
  energyBias: number;
}

const instrumentWords: readonly [RegExp, Instrument][] = [
  [/distort|overdriv|heavy guitar|power chord/, 'distorted guitar'],
  [/electric guitar|clean guitar|guitar solo/, 'electric guitar'],
  [
    /acoustic guitar|nylon|ukulele|banjo|mandolin|(?<!electric |distorted |heavy |clean )\bguitars?\b/,
    'acoustic guitar',
  ],
  [/rhodes|wurli|electric piano|\be-?piano/, 'electric piano'],
  [/(?<!electric )\bpiano/, 'piano'],
  [/organ|hammond/, 'organ'],
  [/strings|violin|cello|viola|orchestra/, 'strings'],
  [/\bpads?\b|lush|ethereal|dreamy/, 'pad'],
  [/\barps?\b|arpeggi/, 'arp'],
  [/pluck|harp|koto|kalimba/, 'pluck'],
  [/bells?\b|glocken|celesta|music box|vibraphone|marimba|chimes/, 'bells'],
  [/brass|horns?\b|trumpet|trombone|sax/, 'brass'],
  [/flute|whistle|recorder|woodwind|clarinet/, 'flute'],
  [/synth lead|lead synth|\bsynths?\b|supersaw/, 'synth lead'],
  [/acid|303/, 'acid bass'],
  [/808|sub[\s-]?bass/, 'sub bass'],
  [/upright bass|double bass|contrabass/, 'upright bass'],
  [/synth bass|reese/, 'synth bass'],
  [/bass guitar|electric bass|slap bass/, 'electric bass'],
];

/** Reads the tags; what they leave open is drawn from the genre by `seed`. */
export function readStyle(tags: string, seed: number): Style {
  const text = tags.toLowerCase();
  const random = seededRandom(seed ^ hashText('style'));
  const genre = findGenre(text);
  const tempoBpm = readTempo(text, genre, random);
  const beatsPerBar = /waltz|\b3\/4|\b6\/8/.test(text) ? 3 : (genre.beatsPerBar ?? 4);
  return {
    genre,
    tempoBpm,
    beatsPerBar,
    key: readKey(tags, genre, random),
    instruments: readInstruments(text, genre),
    groove: readGroove(text, genre, beatsPerBar),
    kit: /\b808s?\b/.test(text) ? '808' : genre.kit,
    sung: !/instrumental|(?:no|without) (?:vocals?|voice|singing|singer)/.test(text),
    voice: /\bmale\b|baritone|\bbass voice|\bman\b|deep voice|tenor/.test(text) ? 'low' : 'high',
    pumping: /pump|sidechain/.test(text) ? Math.max(0.65, genre.pumping ?? 0) : (genre.pumping ?? 0),
    swing: /\bswing|shuffle/.test(text) ? Math.max(0.28, genre.swing ?? 0) : (genre.swing ?? 0),
    energyBias: readEnergy(text),
  };
}

/** The genre that the tags name first. */
function findGenre(text: string): Genre {
  let best = fallbackGenre;
  let earliest = text.search(fallbackGenre.keywords);
  for (const genre of [...electronicGenres, ...acousticGenres]) {
    const at = text.search(genre.keywords);
    if (at >= 0 && (earliest < 0 || at < earliest)) {
      best = genre;
      earliest = at;
    }
  }
  return best;
}

/** "128 bpm", "bpm: 128", "tempo 128"; else inside the genre's range, shifted by words such as "slow". */
function readTempo(text: string, genre: Genre, random: () => number): number {
  const named = /(\d{2,3}(?:\.\d+)?)\s*-?bpm|\b(?:bpm|tempo)\s*[:=]?\s*(\d{2,3}(?:\.\d+)?)/.exec(text);
  const explicit = Number(named?.[1] ?? named?.[2]);
  if (explicit >= 40 && explicit <= 240) return explicit;
  const [lowest, highest] = genre.tempo;
  const drawn = lowest + (highest - lowest) * random();
  const slow = /\bslow|downtempo|laid[\s-]?back/.test(text) ? 0.88 : 1;
  const fast = /\bfast|up-?tempo|upbeat|high[\s-]energy|driving/.test(text) ? 1.1 : 1;
  return Math.round(drawn * slow * fast);
}

const keyPattern =
  /\b([A-Ga-g])(?:[\s-]?(#|♯|b(?![a-z])|♭|sharp|flat))?[\s-]+(major|minor|maj|min|dorian|mixolydian|lydian|phrygian)\b/;
const sharpOrFlat: Record<string, number> = { '#': 1, '♯': 1, sharp: 1, b: -1, '♭': -1, flat: -1 };
const naturals: Record<string, number> = { c: 0, d: 2, e: 4, f: 5, g: 7, a: 9, b: 11 };

/** "in A minor", "C# dorian", "minor key", or by mood; the tonic is drawn where no key is named. */
function readKey(tags: string, genre: Genre, random: () => number): Key {
  const drawnTonic = Math.floor(random() * 12);
  const drawnMode = genre.modes[Math.floor(random() * genre.modes.length)] ?? 'major';
  const [, letter, accidental, modeName] = keyPattern.exec(tags) ?? [];
  if (letter && modeName) {
    const tonic = (naturals[letter.toLowerCase()] ?? 0) + (sharpOrFlat[accidental ?? ''] ?? 0);
    return { tonic: (tonic + 12) % 12, mode: modeOf(modeName) };
  }
  const text = tags.toLowerCase();
  const named = /\b(major|minor|dorian|mixolydian|lydian|phrygian)\b/.exec(text)?.[1];
  if (named) return { tonic: drawnTonic, mode: modeOf(named) };
  if (/\bsad|dark|melanchol|moody|brooding|tense|haunting|ominous|angry|gloom/.test(text)) {
    return { tonic: drawnTonic, mode: 'minor' };
  }
  if (/happy|bright|uplift|joy|cheer|sunny|hopeful|playful/.test(text)) {
    return { tonic: drawnTonic, mode: 'major' };
  }
  return { tonic: drawnTonic, mode: drawnMode };
}

function modeOf(name: string): Mode {
  switch (name) {
    case 'minor':
    case 'min':
      return 'minor';
    case 'dorian':
    case 'mixolydian':
    case 'lydian':
    case 'phrygian':
      return name;
    default:
      return 'major';
  }
}

function readInstruments(text: string, genre: Genre): Instrument[] {
  const named = instrumentWords.filter(([pattern]) => pattern.test(text)).map(([, instrument]) => instrument);
  return [...new Set([...named, ...genre.instruments])];
}

function readGroove(text: string, genre: Genre, beatsPerBar: 3 | 4): Groove {
  if (/(?:no|without) (?:drums?|percussion|beat)|drumless/.test(text)) return 'none';
  if (beatsPerBar === 3) return genre.groove === 'none' ? 'none' : 'waltz';
  if (/four[\s-]on[\s-]the[\s-]floor/.test(text)) return 'four-floor';
  if (genre.groove === 'none' && /drum|percussion|\bbeats?\b/.test(text)) return 'ballad';
  return genre.groove === 'waltz' ? 'ballad' : genre.groove;
}

function readEnergy(text: string): number {
  const high = /energetic|epic|anthem|powerful|intense|aggressive|driving|hard|explosive|festival/.test(text);
  const low = /gentle|soft|calm|mellow|quiet|intimate|minimal|sparse|relax|delicate/.test(text);
  return (high ? 0.1 : 0) - (low ? 0.12 : 0);
}

/** "A minor". */
export function keyName(key: Key): string {
  return `${keyNames[key.tonic] ?? 'C'} ${key.mode}`;
}
