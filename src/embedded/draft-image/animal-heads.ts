import { type Animal, type AnimalLooks, animals } from './animals.ts';
import { type Color, color, css, mix } from './color.ts';

/**
 * The head of an animal from the front as SVG elements, in units where it is about 200 wide around (0, 0).
 * @param named a colour that the prompt asks for: the fur takes it
 */
export function animalHead(animal: Animal, named: Color | null): string {
  const looks = animals[animal];
  const fur = named ? mix(color(looks.fur), named, 0.6) : color(looks.fur);
  const tints: Tints = {
    fur: css(fur),
    furLight: css(mix(fur, color('#ffffff'), 0.2)),
    furDark: css(mix(fur, color('#1a0f18'), 0.35)),
    pale: looks.pale,
    dark: looks.dark,
    eyes: looks.eyes,
  };
  const defs = `<defs><linearGradient id="fur" x1="0" x2="0" y1="0" y2="1"><stop offset="0" stop-color="${tints.furLight}"/><stop offset="1" stop-color="${tints.fur}"/></linearGradient></defs>`;
  return defs + families[looks.family](tints, looks.marks);
}

interface Tints {
  fur: string;
  furLight: string;
  furDark: string;
  pale: string;
  dark: string;
  eyes: string;
}

/** Draws the right half and its mirror image, the far side a little in shade. */
function both(half: string): string {
  return `<g transform="scale(-1 1)">${half}</g>${half}`;
}

function path(d: string, fill: string, more = ''): string {
  return `<path d="${d}" fill="${fill}" ${more}/>`;
}

function disc(x: number, y: number, rx: number, ry: number, fill: string, more = ''): string {
  return `<ellipse cx="${x}" cy="${y}" rx="${rx}" ry="${ry}" fill="${fill}" ${more}/>`;
}

/** The right half of the face in shade: flat, but enough to give it form. */
function halfShade(d: string): string {
  return path(d, '#140a24', 'opacity="0.14"');
}

function almondEye({ eyes, dark }: Tints, x: number, y: number): string {
  return (
    path(
      `M${x - 21} ${y + 6}Q${x} ${y - 22} ${x + 22} ${y - 6}Q${x + 4} ${y + 16} ${x - 21} ${y + 6}Z`,
      dark,
    ) +
    disc(x + 1, y - 2, 10.5, 10.5, eyes) +
    disc(x + 1, y - 2, 5, 7, '#0d090c') +
    disc(x + 4, y - 6, 3, 3, '#ffffff')
  );
}

function roundEye({ eyes }: Tints, x: number, y: number, size: number): string {
  return (
    disc(x, y, size, size, '#151016') +
    disc(x, y, size * 0.86, size * 0.86, eyes) +
    disc(x, y, size * 0.5, size * 0.68, '#0d090c') +
    disc(x + size * 0.28, y - size * 0.34, size * 0.24, size * 0.24, '#ffffff')
  );
}

function whiskers(y: number): string {
  const lines = [-10, 0, 10]
    .map((dip) => `M34 ${y + dip * 0.5}Q80 ${y + dip - 6} 124 ${y + dip * 2.2}`)
    .join('');
  return both(`<path d="${lines}" fill="none" stroke="#ffffff" stroke-opacity="0.7" stroke-width="1.6"/>`);
}

const families: Record<AnimalLooks['family'], (tints: Tints, marks: AnimalLooks['marks']) => string> = {
  canine(tints, marks) {
    const face = 'M-1 -88C50 -92 95 -60 100 -15C104 10 125 30 130 50C96 62 70 72 45 94C30 108 15 119 -1 120Z';
    const cheek =
      'M128 50C96 22 62 26 44 42C30 56 22 78 14 98L-1 110V120C15 119 30 108 45 94C70 72 96 62 128 50Z';
    const ear =
      path('M14 -72L80 -172Q112 -110 99 -32Z', 'url(#fur)') +
      path('M40 -78L77 -140Q94 -100 88 -58Z', tints.dark);
    const mask =
      marks === 'mask'
        ? path('M10 0C30 -26 76 -30 104 0C112 22 90 34 66 30C40 28 22 24 10 0Z', tints.dark)
        : '';
    return (
      both(ear + path(face, 'url(#fur)') + path(cheek, tints.pale) + mask) +
      path('M0 -86C-10 -60 -8 -30 0 10C8 -30 10 -60 0 -86Z', tints.furDark, 'opacity="0.35"') +
      halfShade(face.replaceAll('-1 ', '0 ')) +
      both(almondEye(tints, 47, 6)) +
      path('M-15 97Q0 88 15 97Q12 114 0 117Q-12 114 -15 97Z', '#1d1416') +
      disc(-4, 99, 4, 2, '#ffffff', 'opacity="0.5"')
    );
  },
  feline(tints, marks) {
    const face = 'M-1 -86C62 -88 106 -50 108 4C110 52 70 94 -1 95Z';
    const mane = Array.from({ length: 22 }, (_, index) => {
      const tint = index % 2 ? tints.dark : tints.furDark;
      return path('M-28 -60Q0 -190 28 -60Z', tint, `transform="rotate(${index * (360 / 22)}) scale(1.1)"`);
    }).join('');
    const ear =
      marks === 'mane'
        ? disc(82, -70, 28, 28, tints.fur) + disc(82, -70, 16, 16, tints.dark)
        : path('M24 -74L90 -146Q110 -92 98 -28Z', 'url(#fur)') +
          path('M50 -82L86 -120Q96 -88 90 -58Z', '#e0a8a0');
    const stripes = 'M0 -84L9 -84L4 -44ZM18 -82L30 -79L20 -42ZM106 -6L62 2L108 12ZM104 26L66 26L98 42Z';
    return (
      (marks === 'mane' ? disc(0, 0, 128, 128, tints.dark) + mane : '') +
      both(
        ear +
          path(face, 'url(#fur)') +
          (marks === 'stripes' ? path(stripes, tints.dark, 'opacity="0.85"') : ''),
      ) +
      both(disc(26, 50, 34, 28, tints.pale) + disc(0, 74, 20, 16, tints.pale)) +
      halfShade(face.replaceAll('-1 ', '0 ')) +
      both(roundEye(tints, 46, -6, 21)) +
      path('M-13 28H13Q8 42 0 44Q-8 42 -13 28Z', '#c97a72') +
      `<path d="M0 44V54M-18 60Q-8 68 0 54Q8 68 18 60" fill="none" stroke="#3a2a28" stroke-width="3" stroke-linecap="round"/>` +
      whiskers(50)
    );
  },
  ursine(tints, marks) {
    const face = 'M-1 -90C66 -92 112 -48 112 8C112 62 68 98 -1 100Z';
    const patched = marks === 'patches';
    return (
      both(
        disc(80, -76, 36, 36, patched ? tints.dark : tints.furDark) +
          disc(80, -74, 19, 19, patched ? '#3a3940' : tints.pale),
      ) +
      both(path(face, 'url(#fur)')) +
      (patched ? both(disc(48, -4, 25, 33, tints.dark, 'transform="rotate(28 48 -4)"')) : '') +
      disc(0, 50, 50, 39, tints.pale) +
      halfShade(face.replaceAll('-1 ', '0 ')) +
      both(roundEye(tints, 44, -6, 13)) +
      path('M-20 27Q0 18 20 27Q17 46 0 49Q-17 46 -20 27Z', '#1a1315') +
      `<path d="M0 49V62M-20 66Q-8 76 0 62Q8 76 20 66" fill="none" stroke="#1a1315" stroke-width="3.4" stroke-linecap="round"/>` +
      disc(-6, 30, 5, 2.6, '#ffffff', 'opacity="0.5"')
    );
  },
  dog(tints) {
    const face = 'M-1 -88C56 -92 92 -58 92 -10C92 40 60 104 -1 106Z';
    const ear = path('M52 -80C96 -98 136 -50 128 30C124 58 98 60 90 34C84 4 74 -30 52 -50Z', tints.dark);
    return (
      both(path(face, 'url(#fur)')) +
      path(
        'M0 -88C-18 -50 -22 -10 -44 40C-30 86 -12 106 0 106C12 106 30 86 44 40C22 -10 18 -50 0 -88Z',
        tints.pale,
      ) +
      halfShade(face.replaceAll('-1 ', '0 ')) +
      both(ear) +
      path('M-14 78Q0 74 14 78V98Q14 112 0 112Q-14 112 -14 98Z', '#e27a84') +
      both(disc(21, 62, 27, 22, tints.pale)) +
      both(roundEye(tints, 42, -10, 15)) +
      path('M-20 34Q0 24 20 34Q17 54 0 58Q-17 54 -20 34Z', '#1d1416') +
      disc(-6, 37, 5, 2.6, '#ffffff', 'opacity="0.55"')
    );
  },
  rabbit(tints) {
    const face = 'M-1 -80C56 -82 92 -44 94 6C96 56 58 94 -1 96Z';
    const ear =
      disc(48, -160, 27, 92, 'url(#fur)', 'transform="rotate(10 48 -90)"') +
      disc(48, -154, 14, 74, tints.dark, 'transform="rotate(10 48 -90)"');
    return (
      both(ear + path(face, 'url(#fur)') + disc(24, 54, 32, 27, tints.pale)) +
      halfShade(face.replaceAll('-1 ', '0 ')) +
      both(roundEye(tints, 47, -4, 17) + disc(66, 34, 15, 9, '#f0a0a0', 'opacity="0.4"')) +
      path('M-11 32H11Q7 43 0 45Q-7 43 -11 32Z', '#d9808a') +
      `<path d="M0 45V56M-16 60Q-8 68 0 56Q8 68 16 60" fill="none" stroke="#4a3230" stroke-width="2.8" stroke-linecap="round"/>` +
      path('M-8 64H8V82Q0 85 -8 82Z', '#ffffff') +
      whiskers(52)
    );
  },
  mouse(tints) {
    const face = 'M-1 -76C52 -78 88 -44 86 0C82 44 34 94 -1 98Z';
    return (
      both(disc(88, -84, 56, 56, 'url(#fur)') + disc(90, -82, 38, 38, tints.dark) + path(face, 'url(#fur)')) +
      disc(0, 64, 34, 32, tints.pale) +
      halfShade(face.replaceAll('-1 ', '0 ')) +
      both(roundEye(tints, 40, -4, 15)) +
      disc(0, 82, 12, 10, '#d9808a') +
      whiskers(66)
    );
  },
  owl(tints) {
    const face = 'M-1 -92C30 -92 60 -100 98 -128C96 -90 114 -60 114 -8C114 60 64 104 -1 106Z';
    const disk = disc(46, -8, 56, 60, tints.pale) + disc(46, -8, 46, 49, tints.fur, 'opacity="0.35"');
    return (
      both(path(face, 'url(#fur)') + disk) +
      path('M-16 -92L0 -20L16 -92Z', tints.dark) +
      halfShade(face.replaceAll('-1 ', '0 ')) +
      both(roundEye(tints, 46, -8, 32)) +
      path('M-13 14Q0 2 13 14Q8 48 0 54Q-8 48 -13 14Z', '#e3a23a') +
      path('M-30 72Q-20 84 -10 72Q0 84 10 72Q20 84 30 72L20 92Q0 100 -20 92Z', tints.dark, 'opacity="0.5"')
    );
  },
};
