import { ffmpeg, type MediaToolOptions } from '../../media/ffmpeg.ts';
import { boundedInput, type ProbeBounds } from '../../media/probe.ts';
import { sniff } from '../../media/sniff.ts';
import type { PreviewExtension } from './asset-folder.ts';
import type { Asset } from './tables.ts';

/** The longer side of thumbnails and posters. */
const sideMax = 512;
const timeoutSeconds = 60;
/** Lowest and highest samples that a waveform is drawn of. */
const peaksCount = 200;
const sampleRate = 48_000;

/** Loaded with the first picture: a start need not wait for it. */
const loadSharp = async () => (await import('../../media/sharp.ts')).sharp;

interface PreviewRequest {
  asset: Pick<Asset, 'kind' | 'durationSeconds'>;
  /** The file's, and where the preview is to be written. */
  from: string;
  to: string;
  pixelsMax: number;
  signal: AbortSignal;
}

/** What the preview of an asset is kept as; null where it has none. */
export function previewExtension(kind: Asset['kind']): PreviewExtension | null {
  if (kind === 'image' || kind === 'video') return 'webp';
  return kind === 'audio' ? 'json' : null;
}

/**
 * Writes the preview of a file: a thumbnail of a picture, a frame of a film, the waveform of a sound.
 * @throws MediaToolError or what libvips throws, where the file can't be read
 */
export async function makePreview(request: PreviewRequest): Promise<void> {
  const { asset, from, to, pixelsMax, signal } = request;
  if (asset.kind === 'image') return shrink(from, to, pixelsMax);
  const { demuxers = [] } = sniff(await Bun.file(from).slice(0, 4096).bytes()) ?? {};
  const options = { demuxers, signal, timeoutSeconds };
  if (asset.kind === 'audio') return writePeaks(request, options);
  const frame = await frameOf(request, { ...options, pixelsMax });
  await shrink(frame, to, pixelsMax);
}

async function shrink(from: string | Uint8Array, to: string, pixelsMax: number): Promise<void> {
  const sharp = await loadSharp();
  await sharp(from, { limitInputPixels: pixelsMax, sequentialRead: true })
    .timeout({ seconds: timeoutSeconds })
    .autoOrient()
    .resize({ width: sideMax, height: sideMax, fit: 'inside', withoutEnlargement: true })
    .webp({ quality: 80 })
    .toFile(to);
}

type Bounds = ProbeBounds & MediaToolOptions;

/** A tenth of the way in, where a film that begins in the dark has begun; else the first there is. */
async function frameOf({ asset, from }: PreviewRequest, bounds: Bounds): Promise<Uint8Array> {
  const scale = `scale='min(${sideMax},iw)':'min(${sideMax},ih)':force_original_aspect_ratio=decrease`;
  const picture = ['-map', '0:v:0', '-frames:v', '1', '-vf', scale, '-c:v', 'png', '-f', 'image2pipe', '-'];
  const grab = (seconds: number) =>
    ffmpeg(['-ss', seconds.toFixed(3), ...boundedInput(bounds), '-i', from, ...picture], bounds);
  const frame = await grab((asset.durationSeconds ?? 0) / 10);
  return frame.byteLength > 0 ? frame : grab(0);
}

/** ffmpeg measures the pieces itself, so that no recording is in memory whole. */
async function writePeaks({ asset, from, to }: PreviewRequest, bounds: Bounds): Promise<void> {
  const durationSeconds = asset.durationSeconds ?? 0;
  const samples = Math.max(1, Math.ceil((durationSeconds * sampleRate) / peaksCount));
  const filters = [
    `aresample=${sampleRate}`,
    'aformat=sample_fmts=flt:channel_layouts=mono',
    `asetnsamples=n=${samples}:p=0`,
    'astats=metadata=1:reset=1:measure_perchannel=none:measure_overall=Min_level+Max_level',
    'ametadata=mode=print:file=-',
  ];
  const report = new TextDecoder().decode(
    await ffmpeg(
      [...boundedInput(bounds), '-i', from, '-map', '0:a:0', '-af', filters.join(','), '-f', 'null', '-'],
      bounds,
    ),
  );
  const peaks = zip(levels(report, 'Min_level'), levels(report, 'Max_level')).slice(0, peaksCount);
  await Bun.write(to, JSON.stringify({ durationSeconds, peaks }));
}

/** Each from -1 to 1. */
function levels(report: string, key: string): number[] {
  const found = report.matchAll(new RegExp(`Overall\\.${key}=(\\S+)`, 'g'));
  return [...found].map(([, level]) => {
    const value = Number(level);
    return Number.isFinite(value) ? Math.round(Math.max(-1, Math.min(1, value)) * 10_000) / 10_000 : 0;
  });
}

function zip(lowest: readonly number[], highest: readonly number[]): [number, number][] {
  return lowest.map((low, index) => [low, highest[index] ?? 0]);
}
