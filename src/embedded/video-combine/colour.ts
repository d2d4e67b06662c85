import type { Clip } from './inspect-clip.ts';

/** The colour tags of the output, as ffmpeg spells them; undefined is untagged. */
export interface ColourTags {
  space: string | undefined;
  primaries: string | undefined;
  transfer: string | undefined;
}

const bt709: ColourTags = { space: 'bt709', primaries: 'bt709', transfer: 'bt709' };

/** The transfer curves of PQ and HLG. */
const isHdr = ({ transfer }: ColourTags) => transfer === 'smpte2084' || transfer === 'arib-std-b67';

/**
 * The colours of the output: those that all clips share, so that no pixel is changed for a tag's sake; else BT.709.
 */
export function sharedColour(clips: readonly Clip[]): ColourTags {
  const [first, ...rest] = clips.map(tagsOf);
  if (!first || isHdr(first) || first.space === 'gbr') return bt709;
  return rest.every((tags) => areSame(tags, first)) ? first : bt709;
}

/**
 * Filters that bring a clip's colours to `target`, 8-bit 4:2:0 of video range. HDR is tone-mapped; a clip
 * without tags is read the way players read it: BT.709 above 576 lines, else BT.601.
 */
export function colourFilters(clip: Clip, target: ColourTags): string[] {
  const tags = tagsOf(clip);
  if (isHdr(tags)) return hdrFilters(tags);
  if (areSame(tags, target)) return clip.video.pix_fmt === 'yuv420p' ? [] : ['scale=out_range=tv'];
  const guess = (clip.video.height ?? 0) > 576 ? 'bt709' : 'bt601';
  const matrix = tags.space === undefined ? `in_color_matrix=${guess}:` : '';
  return [`scale=${matrix}out_color_matrix=bt709:out_range=tv`];
}

/** zimg to linear light, BT.709 primaries, Hable's curve, and back; 100 nits is the SDR white. */
function hdrFilters(tags: ColourTags): string[] {
  const input = `tin=${tags.transfer}:pin=${tags.primaries ?? 'bt2020'}:min=${tags.space ?? 'bt2020nc'}`;
  return [
    `zscale=${input}:t=linear:npl=100`,
    'format=gbrpf32le',
    'zscale=p=bt709',
    'tonemap=hable:desat=0',
    'zscale=t=bt709:m=bt709:r=tv',
  ];
}

/** Encoder options that write `tags` into the stream. */
export function colourArguments(tags: ColourTags): string[] {
  return [
    ...(tags.space ? ['-colorspace', tags.space] : []),
    ...(tags.primaries ? ['-color_primaries', tags.primaries] : []),
    ...(tags.transfer ? ['-color_trc', tags.transfer] : []),
    ...['-color_range', 'tv'],
  ];
}

function tagsOf({ video }: Clip): ColourTags {
  const known = (tag: string | undefined) => (tag === 'unknown' || tag === 'reserved' ? undefined : tag);
  return {
    space: known(video.color_space),
    primaries: known(video.color_primaries),
    transfer: known(video.color_transfer),
  };
}

function areSame(a: ColourTags, b: ColourTags): boolean {
  return a.space === b.space && a.primaries === b.primaries && a.transfer === b.transfer;
}
