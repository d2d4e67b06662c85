import { type Color, color, css, mix } from './color.ts';
import type { Outfit } from './scene.ts';

/** What is worn: behind the head (the body), and in front of it (hat, helmet, hood). Units as in `animalHead`. */
export interface OutfitShapes {
  body: string;
  front: string;
  /** Something hides the top of the head. */
  covers: boolean;
}

/** The clothes of a bust in the given colours. */
export function outfitShapes(outfit: Outfit, tints: { cloth: Color; trim: Color }): OutfitShapes {
  const shades: Shades = {
    cloth: css(tints.cloth),
    clothDark: css(mix(tints.cloth, color('#0b0814'), 0.45)),
    clothLight: css(mix(tints.cloth, color('#ffffff'), 0.25)),
    trim: css(tints.trim),
  };
  return outfits[outfit](shades);
}

type Shades = Record<'cloth' | 'clothDark' | 'clothLight' | 'trim', string>;

const shoulderLine = 'M-60 96C-64 136 -164 146 -192 232L-236 2400H236L192 232C164 146 64 136 60 96Z';

function shoulders({ cloth, clothDark, clothLight }: Shades): string {
  return `<defs><linearGradient id="cloth" gradientUnits="userSpaceOnUse" x1="-200" x2="220" y1="120" y2="420"><stop offset="0" stop-color="${clothLight}"/><stop offset="0.45" stop-color="${cloth}"/><stop offset="1" stop-color="${clothDark}"/></linearGradient></defs><path d="${shoulderLine}" fill="url(#cloth)"/>`;
}

function line(d: string, stroke: string, width: number): string {
  return `<path d="${d}" fill="none" stroke="${stroke}" stroke-width="${width}" stroke-linecap="round" stroke-linejoin="round"/>`;
}

const outfits: Record<Outfit, (shades: Shades) => OutfitShapes> = {
  fur: (shades) => ({
    body: `${shoulders(shades)}<path d="M-78 96Q-92 150 -70 196L-56 178L-46 236L-26 206L-14 282L0 240L14 282L26 206L46 236L56 178L70 196Q92 150 78 96Z" fill="${shades.trim}"/>`,
    front: '',
    covers: false,
  }),
  plain: (shades) => ({
    body: `${shoulders(shades)}<path d="M-62 112Q0 190 62 112L70 132Q0 222 -70 132Z" fill="${shades.clothDark}"/>`,
    front: '',
    covers: false,
  }),
  astronaut: (shades) => ({
    body: `${shoulders({ ...shades, cloth: '#d6d9df', clothDark: '#8c93a3', clothLight: '#fbfbfc' })}
      ${line('M-150 190L-176 520M150 190L176 520', '#a9afbb', 5)}
      <path d="M-214 240Q-178 224 -150 186L-132 200Q-160 250 -220 276Z" fill="${shades.cloth}"/><path d="M214 240Q178 224 150 186L132 200Q160 250 220 276Z" fill="${shades.cloth}"/>
      <rect x="-78" y="226" width="156" height="96" rx="14" fill="#b3b9c5"/><rect x="-62" y="242" width="58" height="36" rx="6" fill="#1c2230"/>
      <circle cx="22" cy="258" r="10" fill="${shades.trim}"/><circle cx="52" cy="258" r="10" fill="${shades.cloth}"/>${line('M-60 300H60', '#8c93a3', 7)}
      <ellipse cx="0" cy="132" rx="124" ry="40" fill="#8d94a3"/><ellipse cx="0" cy="124" rx="118" ry="34" fill="#e4e6ea"/><ellipse cx="0" cy="120" rx="100" ry="25" fill="#353b49"/>`,
    front: `<defs><radialGradient id="glass" cx="0.5" cy="0.5" r="0.5"><stop offset="0.72" stop-color="#cfe4ff" stop-opacity="0.02"/><stop offset="0.93" stop-color="#cfe4ff" stop-opacity="0.28"/><stop offset="1" stop-color="#ffffff" stop-opacity="0.75"/></radialGradient></defs>
      <circle cy="-22" r="172" fill="url(#glass)"/>${line('M-128 -96C-108 -134 -76 -158 -34 -170', '#ffffff', 13)}${line('M-146 -54L-142 -66', '#ffffff', 12)}
      <path d="M150 -10C146 60 106 112 60 134C100 96 128 52 134 -8Z" fill="${shades.trim}" opacity="0.3"/>
      <rect x="-186" y="-56" width="26" height="74" rx="12" fill="#c9ced8"/><rect x="160" y="-56" width="26" height="74" rx="12" fill="#9aa1b0"/>`,
    covers: false,
  }),
  royal: (shades) => ({
    body: `${shoulders(shades)}<path d="M-96 120C-190 160 -230 230 -228 290Q-150 214 0 250Q150 214 228 290C230 230 190 160 96 120Q0 196 -96 120Z" fill="#f4f0e8"/>
      ${[-150, -96, -40, 40, 96, 150].map((x) => `<ellipse cx="${x}" cy="${206 + Math.abs(x) * 0.08}" rx="6" ry="12" fill="#231a20"/>`).join('')}<circle cx="0" cy="238" r="19" fill="#e3b23c"/><circle cx="0" cy="238" r="11" fill="${shades.trim}"/>`,
    front: `<path d="M-78 -66L-96 -150L-50 -112L0 -172L50 -112L96 -150L78 -66Q0 -46 -78 -66Z" fill="#e6b83f"/><path d="M-78 -66Q0 -46 78 -66L80 -82Q0 -62 -80 -82Z" fill="#b98522"/>
      ${[-50, 0, 50].map((x) => `<circle cx="${x}" cy="${-84 + (x === 0 ? 6 : 0)}" r="8" fill="${x === 0 ? shades.cloth : shades.trim}"/>`).join('')}<circle cy="-174" r="9" fill="#fff2c0"/>`,
    covers: true,
  }),
  wizard: (shades) => ({
    body: `${shoulders(shades)}${line('M-60 118C-30 220 -20 300 -24 700M60 118C30 220 20 300 24 700', shades.trim, 8)}`,
    front: `<path d="M-84 -64C-50 -150 -20 -230 34 -304C30 -230 64 -140 84 -64Q0 -40 -84 -64Z" fill="url(#cloth)"/><path d="M-84 -64C-50 -150 -20 -230 34 -304C10 -200 20 -120 40 -54Q-20 -46 -84 -64Z" fill="${shades.cloth}"/>
      <ellipse cy="-62" rx="164" ry="30" fill="${shades.clothDark}"/><path d="M-86 -70Q0 -46 86 -70L80 -94Q0 -72 -80 -94Z" fill="${shades.trim}"/>
      <path d="M4 -176l7 15 16 2-12 11 3 16-14-8-14 8 3-16-12-11 16-2Z" fill="#fff2c0"/>`,
    covers: true,
  }),
  detective: (shades) => ({
    body: `${shoulders({ ...shades, cloth: '#8a7a62', clothDark: '#4a4034', clothLight: '#b3a284' })}<path d="M-52 104L0 300L52 104Q0 160 -52 104Z" fill="#ece7dc"/>
      <path d="M-12 150H12L17 180L8 290L0 306L-8 290L-17 180Z" fill="${shades.cloth}"/><path d="M-60 84L-118 150L-92 176L-116 198L-4 350L-34 190Z" fill="#75664f"/><path d="M60 84L118 150L92 176L116 198L4 350L34 190Z" fill="#5c503e"/>${line('M0 350V900', '#4a4034', 5)}`,
    front: `<path d="M-82 -58C-84 -112 -70 -150 -40 -150Q0 -132 40 -150C70 -150 84 -112 82 -58Q0 -38 -82 -58Z" fill="#4a4034"/><path d="M-82 -58Q0 -38 82 -58L82 -82Q0 -60 -82 -82Z" fill="#1f1b18"/>
      <path d="M-152 -46C-110 -66 -84 -62 0 -58C84 -62 110 -66 152 -46C110 -30 60 -28 0 -28C-60 -28 -110 -30 -152 -46Z" fill="#574b3c"/>`,
    covers: true,
  }),
  suit: (shades) => ({
    body: `${shoulders({ ...shades, cloth: '#2b2d3a', clothDark: '#12131b', clothLight: '#4a4d5e' })}<path d="M-58 106L0 330L58 106Q0 168 -58 106Z" fill="#f2efe9"/>
      <path d="M-14 152L14 152L20 186L10 320L0 344L-10 320L-20 186Z" fill="${shades.cloth}"/><path d="M-60 104L-104 168L-74 186L-92 204L-2 348L-40 200Z" fill="#1b1c26"/><path d="M60 104L104 168L74 186L92 204L2 348L40 200Z" fill="#1b1c26"/>`,
    front: '',
    covers: false,
  }),
  hood: (shades) => ({
    body: `<path d="M0 -178C112 -178 158 -80 140 40C136 90 110 130 90 150H-90C-110 130 -136 90 -140 40C-158 -80 -112 -178 0 -178Z" fill="${shades.clothDark}"/>${shoulders(shades)}`,
    front: `<path d="M0 -180C116 -180 162 -78 142 44C136 96 110 140 70 176C96 120 112 60 106 -6C100 -76 62 -112 0 -122C-62 -112 -100 -76 -106 -6C-112 60 -96 120 -70 176C-110 140 -136 96 -142 44C-162 -78 -116 -180 0 -180Z" fill="url(#cloth)"/>${line('M-44 168L-52 300M44 168L52 300', shades.trim, 8)}`,
    covers: true,
  }),
  scarf: (shades) => ({
    body: shoulders({ ...shades, cloth: shades.clothDark }),
    front: `<path d="M-92 96Q0 150 92 96Q112 130 96 160Q0 214 -96 160Q-112 130 -92 96Z" fill="${shades.cloth}"/><path d="M30 168L92 150L122 380L58 392Z" fill="${shades.cloth}"/>
      ${line('M-88 120Q0 172 88 120M-90 146Q0 196 90 146', shades.trim, 8)}${line('M44 220L104 210M48 260L110 250M52 340L116 330', shades.trim, 9)}`,
    covers: false,
  }),
  armor: (shades) => ({
    body: `${shoulders({ ...shades, cloth: '#9aa3b2', clothDark: '#474e5e', clothLight: '#e2e6ee' })}
      <path d="M-250 330C-268 220 -210 150 -130 150C-120 220 -160 300 -250 330Z" fill="#b6becb"/><path d="M250 330C268 220 210 150 130 150C120 220 160 300 250 330Z" fill="#6d7586"/>
      ${line('M-238 290Q-180 260 -142 190M238 290Q180 260 142 190', '#4b5262', 5)}<path d="M-70 108Q0 176 70 108L82 150Q0 218 -82 150Z" fill="#6d7586"/>${line('M0 206V700', '#4b5262', 6)}
      <path d="M-24 262H24V300Q24 330 0 344Q-24 330 -24 300Z" fill="${shades.cloth}" stroke="#e3b23c" stroke-width="5"/>`,
    front: '',
    covers: false,
  }),
};
