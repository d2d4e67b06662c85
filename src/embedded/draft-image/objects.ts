import { type Color, css, mix } from './color.ts';
import type { SceneObject } from './scene.ts';

/** The colours of one thing in the scene's light. */
export interface ObjectTints {
  /** Its own colour: named in the prompt, or an accent. */
  own: Color;
  ink: Color;
  pale: Color;
  /** Of lit windows and flames. */
  lamp: Color;
}

type Shades = Record<'own' | 'ownDark' | 'ink' | 'pale' | 'paleDark' | 'lamp', string>;

/** SVG of a thing in local units: it stands on (0, 0) and is about 100 tall. Flying things hang around (0, −50). */
export function objectShapes(kind: SceneObject, tints: ObjectTints): string {
  return shapes[kind]({
    own: css(tints.own),
    ownDark: css(mix(tints.own, tints.ink, 0.5)),
    ink: css(tints.ink),
    pale: css(tints.pale),
    paleDark: css(mix(tints.pale, tints.ink, 0.45)),
    lamp: css(tints.lamp),
  });
}

function path(d: string, fill: string, more = ''): string {
  return `<path d="${d}" fill="${fill}" ${more}/>`;
}

function stroke(d: string, tint: string, width: number): string {
  return `<path d="${d}" fill="none" stroke="${tint}" stroke-width="${width}" stroke-linecap="round" stroke-linejoin="round"/>`;
}

const shapes: Record<SceneObject, (shades: Shades) => string> = {
  sailboat: ({ own, ownDark, ink, pale, paleDark }) =>
    stroke('M0 -14V-104', ink, 2) +
    path('M3 -100Q46 -52 50 -20H3Z', pale) +
    path('M3 -60Q28 -44 47 -36L50 -20H3Z', paleDark, 'opacity="0.35"') +
    path('M-3 -92Q-28 -52 -36 -20H-3Z', paleDark) +
    path('M-46 -16H56Q48 2 34 4H-28Q-42 -2 -46 -16Z', own) +
    path('M-41 -6Q-36 2 -28 4H34Q46 2 52 -8Z', ownDark),
  cabin: ({ own, ownDark, ink, pale, lamp }) =>
    path('M-46 0V-42H46V0Z', own) +
    path('M10 0V-42H46V0Z', ownDark) +
    path('M24 -92H36V-58H24Z', ownDark) +
    path('M-58 -38L-8 -86L12 -86L60 -38Z', ink) +
    path('M-58 -38L-8 -86L0 -86L-46 -38Z', pale, 'opacity="0.35"') +
    path('M-34 -31H-14V-12H-34ZM20 -31H36V-12H20Z', lamp) +
    path('M-6 0V-30H8V0Z', ink) +
    stroke('M-24 -31V-12M-34 -21.5H-14M28 -31V-12M20 -21.5H36', ink, 1.6) +
    stroke('M30 -96C38 -110 22 -118 32 -132S44 -150 36 -162', pale, 3.4),
  castle: ({ own, ownDark, ink, lamp }) =>
    path('M-70 0V-44H70V0Z', own) +
    path('M-80 0V-66H-50V0ZM50 0V-66H80V0Z', ownDark) +
    path('M-30 0V-88H30V0Z', own) +
    path('M6 0V-88H30V0Z', ownDark) +
    path('M-10 -88V-118H14V-88Z', own) +
    path(
      'M-86 -64L-65 -102L-44 -64ZM44 -64L65 -102L86 -64ZM-37 -86L-22 -112L-7 -86ZM9 -86L23 -110L37 -86ZM-16 -116L2 -154L20 -116Z',
      ink,
    ) +
    path('M-70 -44h8v-7h8v7h8v-7h8v7M30 -44h8v-7h8v7h8v-7', own) +
    path('M-10 0V-18Q0 -30 10 -18V0Z', ink) +
    path(
      'M-68 -52h6v12h-6ZM62 -52h6v12h-6ZM-3 -66h7v13h-7ZM-18 -70h5v10h-5ZM14 -70h5v10h-5ZM0 -106h5v10h-5Z',
      lamp,
    ),
  lighthouse: ({ own, pale, paleDark, ink, lamp }) =>
    path('M-60 6Q-40 -14 -14 -12H20Q48 -10 66 6Z', ink) +
    path('M-17 -10L-11 -104H11L17 -10Z', pale) +
    path('M3 -10L2 -104H11L17 -10Z', paleDark, 'opacity="0.5"') +
    path('M-15.6 -32L-14.6 -48H14.6L15.6 -32ZM-13.5 -66L-12.5 -82H12.5L13.5 -66Z', own) +
    path('M-16 -104H16V-109H-16Z', ink) +
    path('M-8 -109H8V-124H-8Z', lamp) +
    path('M-11 -124H11L0 -137Z', own) +
    path('M10 -120L150 -148V-88L10 -113Z', lamp, 'opacity="0.28"') +
    path('M-10 -120L-110 -136V-98L-10 -113Z', lamp, 'opacity="0.2"'),
  balloon: ({ own, ownDark, pale, ink, lamp }) =>
    path(
      'M0 -128C46 -128 64 -92 56 -62C48 -36 18 -16 12 -6H-12C-18 -16 -48 -36 -56 -62C-64 -92 -46 -128 0 -128Z',
      own,
    ) +
    path(
      'M0 -128C24 -128 34 -92 30 -62C26 -36 10 -16 6 -6H-6C-10 -16 -26 -36 -30 -62C-34 -92 -24 -128 0 -128Z',
      pale,
    ) +
    path(
      'M0 -128C9 -128 12 -92 10 -62C9 -36 4 -16 2 -6H-2C-4 -16 -9 -36 -10 -62C-12 -92 -9 -128 0 -128Z',
      own,
    ) +
    path(
      'M0 -128C46 -128 64 -92 56 -62C48 -36 18 -16 12 -6H2C26 -40 36 -90 0 -128Z',
      ownDark,
      'opacity="0.45"',
    ) +
    stroke('M-11 -6L-8 12M11 -6L8 12', ink, 1.4) +
    path('M-4 -6Q0 4 4 -6Z', lamp) +
    path('M-10 12H10L8 27H-8Z', ink),
  tree: ({ own, ownDark, ink, pale }) => {
    const heaps = [
      [-36, -62, 27],
      [34, -58, 28],
      [-20, -86, 28],
      [22, -90, 27],
      [0, -70, 34],
      [-46, -46, 18],
      [48, -40, 17],
    ];
    const crown = (tint: string, dx: number, dy: number, scale: number) =>
      heaps
        .map(
          ([x = 0, y = 0, radius = 0]) =>
            `<circle cx="${x + dx}" cy="${y + dy}" r="${radius * scale}" fill="${tint}"/>`,
        )
        .join('');
    return (
      path('M-14 4Q-5 -8 -5 -30L-22 -52L-16 -54L0 -40L14 -58L19 -54L6 -32Q6 -8 16 4Z', ink) +
      crown(ownDark, 0, 4, 1) +
      crown(own, -3, -4, 0.84) +
      `<g opacity="0.3">${crown(pale, -9, -11, 0.42)}</g>`
    );
  },
  car: ({ own, ownDark, ink, pale, lamp }) =>
    `<ellipse cx="0" cy="2" rx="98" ry="7" fill="#000" opacity="0.35"/>` +
    path(
      'M-94 -8C-98 -30 -84 -40 -58 -42C-42 -62 -26 -68 4 -68C32 -68 46 -58 60 -42C84 -40 96 -30 94 -8Z',
      own,
    ) +
    path('M-94 -8C-95 -16 -94 -22 -91 -27H92C94 -22 95 -16 94 -8Z', ownDark) +
    path('M-46 -42C-34 -56 -22 -61 -4 -61V-42ZM4 -61C26 -61 38 -55 48 -42H4Z', ink) +
    path('M-40 -43C-32 -54 -22 -59 -12 -60L-24 -43Z', pale, 'opacity="0.4"') +
    path('M80 -33Q94 -30 93 -22H80ZM-92 -32H-84V-22H-93Z', lamp) +
    [-56, 56]
      .map(
        (x) =>
          `<circle cx="${x}" cy="-9" r="19" fill="#0d0c12"/><circle cx="${x}" cy="-9" r="9" fill="${pale}"/>`,
      )
      .join('') +
    stroke('M-10 -40V-14M-36 -34H34', ownDark, 1.4),
  rocket: ({ own, ownDark, pale, paleDark, ink, lamp }) =>
    `<g transform="rotate(18 0 -50)">` +
    path('M-11 -8Q0 66 11 -8Z', lamp) +
    path('M-6 -8Q0 34 6 -8Z', '#fffbe6') +
    path('M-20 -30L-40 4L-16 -8ZM20 -30L40 4L16 -8Z', own) +
    path('M0 -122C26 -92 28 -44 17 -6H-17C-28 -44 -26 -92 0 -122Z', pale) +
    path('M0 -122C26 -92 28 -44 17 -6H4C16 -50 14 -92 0 -122Z', paleDark, 'opacity="0.55"') +
    path('M0 -122C11 -110 17 -98 20 -86H-20C-17 -98 -11 -110 0 -122Z', own) +
    path('M-5 -34L0 -44L5 -34V2H-5Z', ownDark) +
    `<circle cx="0" cy="-64" r="11" fill="${own}"/><circle cx="0" cy="-64" r="7.4" fill="${ink}"/></g>`,
  whale: ({ own, ownDark, pale }) =>
    path(
      'M-84 6C-92 -52 -30 -86 20 -70C52 -60 66 -34 84 -30C92 -46 106 -52 122 -50C112 -38 112 -30 118 -18C104 -20 96 -20 88 -12C70 10 40 14 20 6Z',
      own,
    ) +
    path('M-84 6C-84 -10 -78 -20 -70 -28C-40 -8 10 0 52 -6C44 6 32 10 20 6Z', pale) +
    stroke('M-72 -14Q-30 6 30 2M-66 -20Q-24 -2 30 -4', ownDark, 1.6) +
    path('M-24 -14Q-14 16 14 20Q8 0 -2 -14Z', ownDark) +
    `<circle cx="-52" cy="-30" r="3.4" fill="#0d0c12"/>` +
    stroke('M-10 -76C-12 -96 -26 -104 -38 -98M-6 -76C-4 -98 10 -106 22 -98M-8 -78V-104', pale, 3) +
    path('M-100 6Q-80 -4 -60 6Q-40 -2 -20 6Q0 0 20 7Q44 0 64 8L40 14H-80Z', pale, 'opacity="0.7"'),
  deer: ({ ink }) =>
    path(
      'M-34 -50C-20 -58 14 -56 26 -60L36 -84C34 -92 40 -98 48 -97L64 -88C66 -84 62 -81 56 -82L50 -80C48 -66 44 -54 38 -46L34 -34L36 0H30L26 -30L20 -34L18 0H12L12 -34C0 -30 -14 -30 -22 -34L-28 -20L-26 0H-32L-35 -20L-38 -4L-36 0H-42L-42 -22C-42 -36 -44 -46 -34 -50Z',
      ink,
    ) +
    stroke(
      'M42 -97C34 -108 38 -120 30 -130M37 -112C28 -112 22 -118 22 -126M47 -97C52 -108 60 -112 60 -128M54 -111C62 -110 68 -114 70 -122',
      ink,
      2.6,
    ),
  dragon: ({ own, ownDark, lamp }) =>
    path(
      'M-6 -48C-26 -100 -70 -124 -124 -118C-104 -108 -98 -96 -98 -82C-84 -92 -74 -86 -70 -70C-60 -80 -48 -74 -44 -58C-34 -66 -22 -58 -18 -44Z',
      ownDark,
    ) +
    path(
      'M10 -50C20 -104 60 -132 116 -134C98 -120 94 -108 96 -94C82 -100 72 -92 70 -78C58 -84 48 -76 46 -62C36 -66 26 -58 24 -46Z',
      own,
    ) +
    path(
      'M-96 -4C-70 12 -50 -14 -22 -32C-4 -46 26 -48 38 -64C44 -76 52 -84 66 -84L80 -94L78 -82C92 -80 104 -72 112 -64C100 -60 90 -60 80 -62C72 -50 62 -36 44 -26C20 -12 -10 -14 -30 4C-48 20 -74 20 -96 -4ZM-96 -4L-116 -18L-98 14Z',
      own,
    ) +
    `<circle cx="86" cy="-74" r="2.6" fill="${lamp}"/>` +
    path('M112 -62C130 -64 150 -56 176 -34C150 -40 128 -46 108 -60Z', lamp, 'opacity="0.85"'),
  ufo: ({ own, ownDark, pale, lamp }) =>
    path('M-30 -38L-72 80H72L30 -38Z', lamp, 'opacity="0.22"') +
    path('M-34 -56C-32 -92 32 -92 34 -56Z', pale, 'opacity="0.85"') +
    `<ellipse cx="0" cy="-50" rx="86" ry="19" fill="${own}"/><ellipse cx="0" cy="-43" rx="70" ry="12" fill="${ownDark}"/>` +
    [-54, -28, 0, 28, 54]
      .map((x) => `<circle cx="${x}" cy="${-40 - Math.abs(x) * 0.06}" r="4.6" fill="${lamp}"/>`)
      .join(''),
  birds: ({ ink }) => {
    const places = [
      [0, -60, 1],
      [38, -82, 0.7],
      [-44, -88, 0.62],
      [66, -52, 0.5],
      [-70, -50, 0.46],
      [20, -112, 0.42],
    ];
    return places
      .map(
        ([x = 0, y = 0, scale = 1]) =>
          `<path transform="translate(${x} ${y}) scale(${scale})" d="M-30 -10Q-14 -20 0 0Q14 -20 30 -10Q14 -12 2 6H-2Q-14 -12 -30 -10Z" fill="${ink}"/>`,
      )
      .join('');
  },
  figure: ({ own, ownDark, ink }) =>
    `<ellipse cx="6" cy="1" rx="30" ry="4" fill="#000" opacity="0.3"/>` +
    path('M-9 0L-7 -34H-1L-2 0ZM3 0L2 -34H8L10 0Z', ink) +
    path('M-8 -82C-18 -70 -22 -40 -24 -20Q0 -12 24 -20C20 -44 16 -70 8 -82Z', own) +
    path('M2 -82C10 -66 10 -40 8 -15Q18 -16 24 -20C20 -44 16 -70 8 -82Z', ownDark) +
    `<circle cx="0" cy="-91" r="9.6" fill="${ink}"/>` +
    path('M-12 -82Q0 -74 12 -82Q6 -88 0 -88Q-6 -88 -12 -82Z', ownDark),
};
