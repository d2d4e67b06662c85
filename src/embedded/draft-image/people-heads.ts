import { type Color, color, css, mix } from './color.ts';
import { pick } from './scene.ts';

const complexions: readonly { skin: string; hairs: readonly string[] }[] = [
  { skin: '#f6d7c0', hairs: ['#c08a44', '#a0482a', '#4a2d20', '#e0b878'] },
  { skin: '#f2c9a8', hairs: ['#241a1c', '#7a4a28', '#c08a44', '#8e3a24'] },
  { skin: '#e0ac86', hairs: ['#241a1c', '#4a2d20', '#6a4028'] },
  { skin: '#c78a60', hairs: ['#1d1517', '#3a241c'] },
  { skin: '#9c6644', hairs: ['#1d1517', '#2c1c18'] },
  { skin: '#70452e', hairs: ['#17110f', '#241816'] },
];

/** What the head of a person depends on. */
export interface PersonOptions {
  words: readonly string[];
  random: () => number;
  accent: Color;
  /** Something on the head hides the hair's top. */
  covered: boolean;
}

const masculine = [
  'man',
  'boy',
  'king',
  'prince',
  'wizard',
  'monk',
  'samurai',
  'soldier',
  'gentleman',
  'detective',
  'knight',
  'he',
  'father',
  'pirate',
];
const feminine = ['woman', 'girl', 'lady', 'queen', 'princess', 'witch', 'she', 'mother', 'female'];
const bearded = ['wizard', 'beard', 'bearded', 'old', 'king', 'viking', 'pirate', 'monk'];

/** A person's head from the front, in the units of `animalHead`; long hair hangs behind it. */
export function personHead({ words, random, accent, covered }: PersonOptions): string {
  const has = (list: readonly string[]) => list.some((word) => words.includes(word));
  const drawnLong = random() < 0.5;
  const long = has(masculine) ? false : has(feminine) ? true : drawnLong;
  const complexion = pick(complexions, random);
  const skin = color(complexion.skin);
  const own = color(
    has(['old', 'elder', 'grandfather', 'grandmother', 'wizard'])
      ? '#d9d6d2'
      : pick(complexion.hairs, random),
  );
  const hair = has(['neon', 'cyberpunk', 'punk', 'anime', 'elf']) ? mix(own, accent, 0.75) : own;
  const beard = !long && (has(bearded) || random() < 0.2);
  const tints = {
    skin: css(skin),
    shade: css(mix(skin, color('#4a1c2e'), 0.3)),
    blush: css(mix(skin, color('#d9534f'), 0.4)),
    lips: css(mix(skin, color('#a8323e'), long ? 0.62 : 0.38)),
    hair: css(hair),
    hairLight: css(mix(hair, color('#ffffff'), 0.22)),
    brow: css(mix(hair, color('#150d10'), 0.4)),
    iris: pick(['#3f6fa8', '#4f7a4a', '#5a3a22', '#2b1d18', '#6a7f8a'], random),
  };
  const back = long
    ? `<path d="M-84 -20C-100 -128 100 -128 84 -20C92 60 104 130 122 190C60 214 -60 214 -122 190C-104 130 -92 60 -84 -20Z" fill="${tints.hair}"/>`
    : '';
  return `${back}${face(tints)}${beard ? beardShape(tints) : ''}${hairTop(tints, { long, covered, variant: random() })}`;
}

type FaceTints = Record<'skin' | 'shade' | 'blush' | 'lips' | 'hair' | 'hairLight' | 'brow' | 'iris', string>;

function face(tints: FaceTints): string {
  const eye = (side: number) => `<g transform="translate(${side * 31} 4)">
    <path d="M-17 2Q0 -15 17 2Q0 12 -17 2Z" fill="#fbf6f2"/><circle cy="-1.5" r="7.6" fill="${tints.iris}"/><circle cy="-1.5" r="3.8" fill="#0f0a0c"/><circle cx="2.6" cy="-4.5" r="2" fill="#fff"/>
    <path d="M-18 2Q0 -17 18 1" fill="none" stroke="#1b1114" stroke-width="3.4" stroke-linecap="round"/>
    <path d="M${-side * 18} -21Q0 -31 ${side * 20} -20" fill="none" stroke="${tints.brow}" stroke-width="5.6" stroke-linecap="round"/></g>`;
  return `<path d="M-30 60V150H30V60Z" fill="${tints.shade}"/>
    <ellipse cx="-70" cy="8" rx="12" ry="19" fill="${tints.shade}"/><ellipse cx="70" cy="8" rx="12" ry="19" fill="${tints.shade}"/>
    <path d="M0 -84C54 -84 73 -44 71 4C68 50 36 92 0 97C-36 92 -68 50 -71 4C-73 -44 -54 -84 0 -84Z" fill="${tints.skin}"/>
    <path d="M0 -84C54 -84 73 -44 71 4C68 50 36 92 0 97C14 70 4 52 12 36C-2 30 8 0 0 -84Z" fill="${tints.shade}" opacity="0.34"/>
    <ellipse cx="-42" cy="36" rx="15" ry="9" fill="${tints.blush}" opacity="0.4"/><ellipse cx="42" cy="36" rx="15" ry="9" fill="${tints.blush}" opacity="0.4"/>
    ${eye(-1)}${eye(1)}
    <path d="M-3 8Q-9 30 -10 36Q0 44 10 36" fill="none" stroke="${tints.shade}" stroke-width="3.6" stroke-linecap="round" stroke-linejoin="round"/>
    <path d="M-21 62Q-8 54 0 58Q8 54 21 62Q0 80 -21 62Z" fill="${tints.lips}"/><path d="M-20 62Q0 67 20 62" fill="none" stroke="#4a1c22" stroke-opacity="0.6" stroke-width="2"/>`;
}

function beardShape({ hair, lips }: FaceTints): string {
  return `<path d="M-71 6C-66 30 -50 44 -34 46Q0 36 34 46C50 44 66 30 71 6C76 66 50 142 0 158C-50 142 -76 66 -71 6Z" fill="${hair}"/><path d="M-15 62Q0 57 15 62Q0 73 -15 62Z" fill="${lips}"/>`;
}

function hairTop(tints: FaceTints, style: { long: boolean; covered: boolean; variant: number }): string {
  const { hair, hairLight } = tints;
  if (style.covered)
    return `<path d="M-74 -8C-84 -70 -50 -96 0 -96C50 -96 84 -70 74 -8C66 -46 40 -58 0 -58C-40 -58 -66 -46 -74 -8Z" fill="${hair}"/>`;
  const shine = `<path d="M-48 -74Q-20 -98 26 -94" fill="none" stroke="${hairLight}" stroke-width="6" stroke-linecap="round" opacity="0.5"/>`;
  if (style.long) {
    return `<path d="M-88 40C-100 -70 -62 -118 4 -116C70 -118 100 -66 88 44C80 10 74 -20 52 -44C36 -30 -30 -22 -62 -40C-74 -16 -82 8 -88 40Z" fill="${hair}"/>${shine}`;
  }
  if (style.variant < 0.5) {
    return `<path d="M-76 4C-92 -72 -48 -122 12 -116C66 -118 96 -66 76 6C74 -24 62 -42 44 -52C10 -40 -30 -42 -56 -50C-68 -34 -74 -18 -76 4Z" fill="${hair}"/>${shine}`;
  }
  return `<path d="M-75 2C-88 -48 -74 -84 -50 -92C-44 -116 -10 -124 10 -110C44 -124 74 -100 74 -76C90 -58 84 -24 75 4C72 -20 66 -40 50 -54C30 -50 10 -60 -4 -56C-24 -46 -46 -56 -56 -46C-68 -36 -72 -16 -75 2Z" fill="${hair}"/>${shine}`;
}

/** A robot's head: a shell with a lit visor. */
export function robotHead({ shell, light }: { shell: Color; light: Color }): string {
  const metal = css(shell);
  const bright = css(mix(shell, color('#ffffff'), 0.45));
  const dark = css(mix(shell, color('#0c1018'), 0.6));
  const lamp = css(light);
  const lampCore = css(mix(light, color('#ffffff'), 0.6));
  const eye = (x: number) =>
    `<circle cx="${x}" cy="-6" r="20" fill="${lamp}"/><circle cx="${x}" cy="-6" r="11" fill="${lampCore}"/>`;
  return `<defs><linearGradient id="metal" x1="0" x2="1" y1="0" y2="1"><stop offset="0" stop-color="${bright}"/><stop offset="0.5" stop-color="${metal}"/><stop offset="1" stop-color="${dark}"/></linearGradient></defs>
    <path d="M-26 70H26V150H-26Z" fill="${dark}"/><path d="M-30 96H30M-30 112H30M-30 128H30" stroke="${metal}" stroke-width="6"/>
    <path d="M0 -92V-132" stroke="${dark}" stroke-width="7"/><circle cy="-138" r="11" fill="${lamp}"/>
    <rect x="-118" y="-34" width="26" height="60" rx="11" fill="${dark}"/><rect x="92" y="-34" width="26" height="60" rx="11" fill="${dark}"/>
    <rect x="-98" y="-94" width="196" height="178" rx="52" fill="url(#metal)"/>
    <rect x="-78" y="-46" width="156" height="80" rx="38" fill="#0b0e16"/>${eye(-36)}${eye(36)}
    <path d="M-66 -30Q-40 -42 10 -40" stroke="#fff" stroke-opacity="0.25" stroke-width="7" fill="none" stroke-linecap="round"/>
    <path d="M-34 54H34M-24 64H24" stroke="${dark}" stroke-width="5" stroke-linecap="round"/>`;
}

/** A visitor's head: large eyes over a small chin. */
export function alienHead(skin: Color): string {
  const base = css(skin);
  const light = css(mix(skin, color('#ffffff'), 0.35));
  const eye =
    '<path d="M14 22C18 -22 58 -40 80 -24C84 10 50 40 14 22Z" fill="#0a0812"/><path d="M34 -8Q48 -22 62 -20" stroke="#fff" stroke-opacity="0.65" stroke-width="6" fill="none" stroke-linecap="round"/>';
  return `<defs><radialGradient id="alien" cx="0.38" cy="0.25" r="0.9"><stop offset="0" stop-color="${light}"/><stop offset="1" stop-color="${base}"/></radialGradient></defs>
    <path d="M-20 70H20V150H-20Z" fill="${css(mix(skin, color('#101828'), 0.4))}"/>
    <path d="M0 -122C86 -122 112 -52 98 -6C84 48 34 84 16 104Q0 114 -16 104C-34 84 -84 48 -98 -6C-112 -52 -86 -122 0 -122Z" fill="url(#alien)"/>
    <path d="M0 -122C86 -122 112 -52 98 -6C84 48 34 84 16 104Q8 110 0 110Z" fill="#140a24" opacity="0.16"/>
    <g transform="scale(-1 1)">${eye}</g>${eye}<path d="M-12 82Q0 88 12 82" stroke="#122" stroke-opacity="0.6" stroke-width="3.4" fill="none" stroke-linecap="round"/>`;
}
