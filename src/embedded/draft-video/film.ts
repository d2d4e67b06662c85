import { sampledPosition } from '../../media/frames.ts';
import type { VideoGenerateParams } from '../../tasks/video-generate.ts';
import { arrivingPose, type CameraPose, poseAt, smoothStep } from './camera.ts';
import type { Direction } from './direction.ts';
import { drawStill, straight, type View } from './draw.ts';
import { drawLandscape, type Landscape } from './landscape.ts';
import { drawLight } from './light.ts';
import { createPicture, type Picture } from './picture.ts';
import { type Air, drawAir } from './weather.ts';

/** All that a film is drawn from. */
export interface Film {
  params: Pick<
    VideoGenerateParams,
    'width' | 'height' | 'durationFrames' | 'sampledFps' | 'outputFrames' | 'outputFps'
  >;
  direction: Direction;
  /** The first sampled frames, given: none, the start frame, or the overlap frames. The shot goes on from the last. */
  opening: Picture[];
  /** Painted when there is no opening. */
  landscape: Landscape | null;
  final: Picture | null;
  air: Air | null;
  /** Loudness 0..1 of every output frame; null without sound. */
  loudness: Float32Array | null;
}

/** Share of the shot over which it turns into the final frame. */
const dissolveShare = 0.45;
/** Seconds in which particles and light come up after given frames, and go before the final one. */
const fadeSeconds = 0.5;

/** Draws output frame `index` into `bytes`, in the layout of ffmpeg's `yuv420p`. */
export function drawFrame(film: Film, index: number, bytes: Uint8Array): void {
  const { width, height, outputFrames, durationFrames, sampledFps } = film.params;
  const canvas = createPicture(width, height, bytes);
  const position = sampledPosition(index, outputFrames, durationFrames);
  const openingEnd = Math.max(0, film.opening.length - 1);
  if (film.opening.length > 0 && position <= openingEnd) {
    drawOpening(canvas, film.opening, position);
    return;
  }
  const end = durationFrames - 1;
  const progress = (position - openingEnd) / Math.max(1e-9, end - openingEnd);
  const shotSeconds = (end - openingEnd) / sampledFps;
  const seconds = progress * shotSeconds;
  const presence = presenceAt(film, seconds, shotSeconds);
  const beat = film.loudness?.[index] ?? 0;
  const moment: Moment = { progress, shotSeconds, beat: beat * presence.sound };
  drawShot(canvas, film, moment);
  drawFinal(canvas, film, moment);
  if (film.air) drawAir(canvas, film.air, { seconds: seconds + 3, presence: presence.air });
  drawLights(canvas, film, moment, presence.air);
}

interface Moment {
  /** 0..1 of the shot that follows the opening. */
  progress: number;
  shotSeconds: number;
  /** Loudness 0..1, faded. */
  beat: number;
}

/** The given frames where a sampled position is whole, a mix of two neighbours in between. */
function drawOpening(canvas: Picture, opening: readonly Picture[], position: number): void {
  const before = Math.floor(position);
  drawStill(canvas, opening[before]!, straight);
  const next = opening[before + 1];
  if (next && position > before) drawStill(canvas, next, straight, { opacity: position - before });
}

/** What is added to the picture: nothing on the given first and last frames. Sound shows at once. */
function presenceAt(film: Film, seconds: number, shotSeconds: number): { air: number; sound: number } {
  const fade = Math.min(fadeSeconds, shotSeconds / 4);
  const opens = film.opening.length > 0 ? smoothStep(seconds / fade) : 1;
  const opensToSound = film.opening.length > 0 ? smoothStep((4 * seconds) / fade) : 1;
  const closes = film.final ? smoothStep((shotSeconds - seconds) / fade) : 1;
  return { air: opens * closes, sound: opensToSound * closes };
}

function drawShot(canvas: Picture, { opening, landscape, direction, params }: Film, moment: Moment): void {
  const { progress, shotSeconds, beat } = moment;
  const last = opening.at(-1);
  if (last) {
    const pose = poseAt(direction.move, progress, shotSeconds);
    drawStill(canvas, last, viewOf({ ...pose, zoom: pose.zoom * (1 + 0.012 * beat) }, params));
  } else if (landscape) drawLandscape(canvas, landscape, { progress, durationSeconds: shotSeconds });
}

function drawFinal(canvas: Picture, { final, params }: Film, { progress }: Moment): void {
  if (!final) return;
  const opacity = smoothStep((progress - (1 - dissolveShare)) / dissolveShare);
  drawStill(canvas, final, viewOf(arrivingPose(progress), params), { opacity });
}

function viewOf({ zoom, x, y }: CameraPose, { width, height }: { width: number; height: number }): View {
  const origin = (length: number, shift: number) => length / 2 + shift * length - length / 2 / zoom;
  return {
    across: { origin: origin(width, x), zoom, edge: 'mirror' },
    down: { origin: origin(height, y), zoom, edge: 'mirror' },
  };
}

/** A light that wanders over given pictures, and one in the middle that follows the sound. */
function drawLights(canvas: Picture, film: Film, { progress, beat }: Moment, presence: number): void {
  if (film.opening.length > 0) {
    drawLight(canvas, { x: -0.1 + 1.2 * progress, y: 0.3, radius: 0.4, strength: 14 * presence });
  }
  drawLight(canvas, { x: 0.5, y: 0.5, radius: 0.38, strength: 26 * beat });
}
