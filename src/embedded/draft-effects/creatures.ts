import { filter } from '../sound/biquad.ts';
import { applyCurve } from '../sound/envelope.ts';
import { blendVowels, throughMouth, vowelShapes } from '../sound/formants.ts';
import { pinkNoise } from '../sound/noise.ts';
import { addSignal, fadeEnds, samplesIn } from '../sound/signal.ts';
import { addTone } from '../sound/wavetable.ts';
import type { Family, SoundRequest } from './family.ts';

function birds(request: SoundRequest): Float32Array {
  const { seconds, random, detail, speed, size } = request;
  const signal = filter(pinkNoise(samplesIn(seconds), random), {
    kind: 'bandpass',
    frequencyHz: 2500,
    q: 0.4,
  });
  applyCurve(signal, () => 0.012);
  for (let start = random() * 0.3; start < seconds; start += (0.25 + random()) / (detail * speed)) {
    const hz = (2400 + random() * 2600) * 2 ** (0.4 - size * 0.8);
    const notes = 1 + Math.floor(random() * 6);
    const [bend, gap, level] = [(random() - 0.4) * 0.7, 0.07 + random() * 0.07, 0.3 + 0.7 * random()];
    for (let note = 0; note < notes; note++) {
      const chirp = new Float32Array(samplesIn(0.05 + random() * 0.05));
      addTone(chirp, { shape: 'sine', frequencyOf: (time) => hz * (1 + bend * time * 12), gain: level });
      fadeEnds(chirp, { inSeconds: 0.012, outSeconds: 0.025 });
      addSignal({ from: chirp, into: signal, at: samplesIn(start + note * gap), gain: 0.8 });
    }
  }
  return signal;
}

function crickets(request: SoundRequest): Float32Array {
  const { seconds, random, detail, speed } = request;
  const signal = filter(pinkNoise(samplesIn(seconds), random), { kind: 'highpass', frequencyHz: 3000 });
  applyCurve(signal, () => 0.02);
  const insects = Math.max(2, Math.round(4 * detail));
  for (let insect = 0; insect < insects; insect++) {
    const hz = 4100 + random() * 900;
    const [rate, offset, level] = [(1.6 + random() * 0.8) * speed, random(), 0.2 + 0.5 * random()];
    const song = new Float32Array(signal.length);
    addTone(song, { shape: 'sine', frequencyOf: () => hz, gain: level });
    applyCurve(
      song,
      (time) => {
        const part = (time * rate + offset) % 1;
        // Three or four wing strokes in the first third of each call.
        return part < 0.34 ? Math.max(0, Math.sin(part * 11 * 2 * Math.PI)) ** 0.7 : 0;
      },
      0.001,
    );
    addSignal({ from: song, into: signal, at: 0, gain: 1 });
  }
  return signal;
}

/** A voice with a throat of an animal's size: pitch arc, roughness, one open vowel. */
function cry(
  request: SoundRequest,
  shape: { hz: number; seconds: number; rise: number; roughness: number },
): Float32Array {
  const { random } = request;
  const seconds = Math.min(request.seconds, shape.seconds);
  const source = new Float32Array(samplesIn(seconds));
  const arc = (time: number) => 1 + shape.rise * Math.sin((Math.PI * time) / seconds);
  addTone(source, { shape: 'saw', frequencyOf: (time) => shape.hz * arc(time), gain: 0.5 });
  const rough = pinkNoise(source.length, random);
  addSignal({ from: rough, into: source, at: 0, gain: shape.roughness });
  const { a, o, e } = vowelShapes.low;
  const voice = throughMouth(source, (time) =>
    blendVowels(time < seconds / 2 ? o : a, e, time / seconds / 2),
  );
  applyCurve(voice, (time) => Math.min(1, time / 0.02) * Math.min(1, (seconds - time) / (seconds * 0.6)));
  return voice;
}

export const creatureFamilies: readonly Family[] = [
  {
    name: 'birds',
    words: /bird|chirp|tweet|songbird|dawn chorus|seagull|sparrow|forest/,
    kind: 'lasting',
    render: birds,
  },
  {
    name: 'crickets',
    words: /cricket|cicada|insect|night ?time|\bnight\b/,
    kind: 'lasting',
    render: crickets,
  },
  {
    name: 'dog bark',
    words: /\bdogs?\b|\bbark/,
    kind: 'moment',
    leadSeconds: 0.5,
    render: (request) =>
      cry(request, { hz: 330 - request.size * 200, seconds: 0.22, rise: 0.5, roughness: 0.5 }),
  },
  {
    name: 'roar',
    words: /roar|growl|monster|dragon|\blion|beast|\bbear\b|zombie|dinosaur/,
    kind: 'moment',
    leadSeconds: 1.8,
    render: (request) =>
      cry(request, { hz: 95 - request.size * 45, seconds: 1.9, rise: 0.35, roughness: 1.2 }),
  },
  {
    name: 'meow',
    words: /\bcats?\b|meow|kitten/,
    kind: 'moment',
    leadSeconds: 1,
    render: (request) =>
      cry(request, { hz: 560 - request.size * 160, seconds: 0.75, rise: 0.45, roughness: 0.08 }),
  },
];
