import type { AudioFormat } from '../media/formats.ts';
import { kilobitsPerSecond } from './fields.ts';
import type { InputAdjustment } from './task.ts';

/** Opus takes at most 256 kbit/s a channel, and speech and effects have one channel. */
const monoOpusKbpsMax = 256;

/** The bit rate as the effective input shows it, `128k`; says where it isn't what the client wrote. */
export function chooseQuality(
  asked: { quality: string | number; outputFormat: AudioFormat; channels: 1 | 2 },
  adjust: (adjustment: InputAdjustment) => void,
): string {
  const askedKbps = kilobitsPerSecond(asked.quality);
  const isTooMuch = asked.outputFormat === 'opus' && asked.channels === 1 && askedKbps > monoOpusKbpsMax;
  const chosen = `${isTooMuch ? monoOpusKbpsMax : askedKbps}k`;
  if (chosen !== asked.quality) {
    const reason = isTooMuch ? 'mono Opus takes at most 256k' : 'written with its unit';
    adjust({ field: 'quality', from: asked.quality, to: chosen, reason });
  }
  return chosen;
}
