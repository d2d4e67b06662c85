import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { ffmpeg } from '../../src/media/ffmpeg.ts';

/** The pictures and clips that the demonstration brings along, all made on the spot. */
export interface Sources {
  /** Colours that guide a picture, PNG. */
  palette: Uint8Array;
  /** What a video starts with, PNG of {@link videoSize}. */
  startFrame: Uint8Array;
  /** An object on a transparent ground, PNG. */
  toadstool: Uint8Array;
  /** Clips with sound, MP4 of {@link videoSize}. */
  clips: [Uint8Array, Uint8Array];
}

export const videoSize = { width: 768, height: 448 };
const clipSeconds = 1.5;

/** Makes the sources and leaves a copy of each in `folder`. @throws MediaToolError */
export async function makeSources(folder: string): Promise<Sources> {
  await mkdir(folder, { recursive: true });
  const picture = async (name: string, svg: string) => {
    const path = join(folder, `${name}.png`);
    await sharp(Buffer.from(svg)).png().toFile(path);
    return Bun.file(path).bytes();
  };
  const clip = async (name: string, filter: string, hertz: number) => {
    const path = join(folder, `${name}.mp4`);
    await makeClip({ path, filter, hertz });
    return Bun.file(path).bytes();
  };
  const [palette, startFrame, toadstool, ...clips] = await Promise.all([
    picture('palette', paletteSvg),
    picture('start-frame', startFrameSvg),
    picture('toadstool', toadstoolSvg),
    clip('test-card', 'testsrc2', 440),
    clip('colour-bars', 'smptehdbars', 660),
  ]);
  return { palette, startFrame, toadstool, clips };
}

async function makeClip({ path, filter, hertz }: { path: string; filter: string; hertz: number }) {
  const picture = `${filter}=size=${videoSize.width}x${videoSize.height}:rate=30:duration=${clipSeconds}`;
  const sound = `sine=frequency=${hertz}:sample_rate=48000:duration=${clipSeconds}`;
  const inputs = ['-f', 'lavfi', '-i', picture, '-f', 'lavfi', '-i', `${sound},volume=0.5`];
  const encoding = ['-c:v', 'libx264', '-preset', 'veryfast', '-pix_fmt', 'yuv420p', '-c:a', 'aac'];
  await ffmpeg([...inputs, ...encoding, path]);
}

const paletteSvg = `<svg xmlns="http://www.w3.org/2000/svg" width="256" height="256">
  <rect width="256" height="64" fill="#10243f"/><rect y="64" width="256" height="64" fill="#2f6f8f"/>
  <rect y="128" width="256" height="64" fill="#f2a65a"/><rect y="192" width="256" height="64" fill="#f7e3c8"/>
</svg>`;

const startFrameSvg = `<svg xmlns="http://www.w3.org/2000/svg" width="${videoSize.width}" height="${videoSize.height}">
  <defs>
    <linearGradient id="sky" x2="0" y2="1">
      <stop offset="0" stop-color="#1b2a49"/><stop offset="0.6" stop-color="#d9735b"/><stop offset="1" stop-color="#f9d7a0"/>
    </linearGradient>
    <linearGradient id="sea" x2="0" y2="1">
      <stop offset="0" stop-color="#c98a6b"/><stop offset="1" stop-color="#22344f"/>
    </linearGradient>
  </defs>
  <rect width="768" height="448" fill="url(#sky)"/>
  <circle cx="520" cy="262" r="44" fill="#fff1cf"/>
  <path d="M0 290 L90 210 L170 262 L270 170 L380 268 L470 232 L560 290 Z" fill="#4a3b57"/>
  <rect y="288" width="768" height="160" fill="url(#sea)"/>
  <path d="M472 300h96M458 322h124M480 346h80M466 372h108" stroke="#fff1cf" stroke-width="5" stroke-linecap="round" opacity="0.55"/>
  <path d="M190 352 h130 l-24 34 h-84 z" fill="#2a1d22"/>
  <path d="M250 350 V232 l66 104 z" fill="#f6ead8"/><path d="M242 350 V254 l-44 82 z" fill="#e2c9a6"/>
</svg>`;

const toadstoolSvg = `<svg xmlns="http://www.w3.org/2000/svg" width="512" height="512">
  <path d="M206 268 q-4 120 -30 176 q80 34 160 0 q-26 -56 -30 -176 z" fill="#f3e6cf"/>
  <path d="M196 306 q60 30 120 0 l2 22 q-62 30 -124 0 z" fill="#dcc9a8"/>
  <path d="M56 282 q10 -206 200 -210 q190 4 200 210 q-200 46 -400 0 z" fill="#c8322b"/>
  <path d="M56 282 q200 46 400 0 q-30 40 -200 40 q-170 0 -200 -40 z" fill="#efe0c4"/>
  <circle cx="180" cy="150" r="30" fill="#fff6e6"/><circle cx="282" cy="120" r="24" fill="#fff6e6"/>
  <circle cx="352" cy="186" r="32" fill="#fff6e6"/><circle cx="244" cy="212" r="26" fill="#fff6e6"/>
  <circle cx="122" cy="226" r="20" fill="#fff6e6"/><circle cx="404" cy="246" r="16" fill="#fff6e6"/>
</svg>`;
