import type { AudioFormat } from '../media/formats.ts';
import { kilobitsPerSecond } from './fields.ts';
import type { InputAdjustment } from './task.ts';

/** The bit rates of MPEG-1 Layer III that lie in bounds; an encoder takes the nearest of them without a word. */
const mp3Kbps = [64, 80, 96, 112, 128, 160, 192, 224, 256, 320];

/** The bit rate as the effective input shows it, `128k`; says where it isn't what the client wrote or has no use. */
export function chooseQuality(
  asked: {
    quality: string | number;
    isGiven: boolean;
    outputFormat: AudioFormat;
    /** Whether the price goes by the bit rate. */
    isPriced: boolean;
  },
  adjust: (adjustment: InputAdjustment) => void,
): string {
  const { quality, isGiven, outputFormat, isPriced } = asked;
  const askedKbps = kilobitsPerSecond(quality);
  const chosenKbps = outputFormat === 'mp3' ? nearestMp3Kbps(askedKbps) : askedKbps;
  const chosen = `${chosenKbps}k`;
  if (isGiven && (outputFormat === 'wav' || outputFormat === 'flac')) {
    const price = isPriced ? '; the price still goes by it' : '';
    adjust({ field: 'quality', from: quality, to: null, reason: `${outputFormat} has no bit rate${price}` });
  } else if (chosen !== quality) {
    const reason =
      chosenKbps === askedKbps ? 'written with its unit' : `mp3 has no ${askedKbps}k; this is the nearest`;
    adjust({ field: 'quality', from: quality, to: chosen, reason });
  }
  return chosen;
}

/** Of two that are equally near, the lower, which never costs more. */
function nearestMp3Kbps(kbps: number): number {
  return mp3Kbps.reduce((best, rate) => (Math.abs(rate - kbps) < Math.abs(best - kbps) ? rate : best));
}
