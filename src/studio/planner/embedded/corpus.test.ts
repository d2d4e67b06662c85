import { describe, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkPricing } from '../../../tasks/pricing.ts';
import { projectRoot } from '../../../testing/test-appliance.ts';
import { checkDraft } from '../check-draft.ts';
import type { KnownFile } from '../planner.ts';
import { planWords } from './embedded-planner.ts';

const pricing = checkPricing(Bun.TOML.parse(readFileSync(join(projectRoot, 'config/pricing.toml'), 'utf8')));

const fox: KnownFile = { assetId: 'asset_fox', title: 'fox.png', kind: 'image', width: 1024, height: 1536 };
const cat: KnownFile = { assetId: 'asset_cat', title: 'cat.png', kind: 'image', width: 1920, height: 1080 };
const clipA: KnownFile = {
  assetId: 'asset_a',
  title: 'clip-a.mp4',
  kind: 'video',
  width: 1280,
  height: 704,
  durationSeconds: 5,
};
const clipB: KnownFile = { ...clipA, assetId: 'asset_b', title: 'clip-b.mp4' };
const voice: KnownFile = {
  assetId: 'asset_voice',
  title: 'rin-voice.mp3',
  kind: 'audio',
  durationSeconds: 5,
};
const song: KnownFile = {
  assetId: 'asset_song',
  title: 'country-heart.mp3',
  kind: 'audio',
  durationSeconds: 90,
};
const script: KnownFile = {
  ...{ assetId: 'asset_script', title: 'script.txt', kind: 'text' },
  text: 'Once upon a time a fox went to the sea and looked at the moon for a while.',
};
const lastFrame: KnownFile = { ...cat, assetId: 'asset_end', title: 'last frame.webp' };

const line = 'We launch at dawn, hold formation, and bring everyone home safely.';
const from = (step: string) => ({ fromStep: step });
const asset = ({ assetId }: KnownFile) => ({ assetId });

type Expected = readonly (readonly [task: string, input: Record<string, unknown>])[];
const image = 'image.generate';
const edit = 'image.edit';
const film = 'video.generate';
const combine = 'video.combine';
const speak = 'audio.speak';
const music = 'ace.step.create';
const effect = 'moss.sound.effect';
const mesh = 'trellis.generate';
const words = 'audio.annotation.reference';

const corpus: readonly (readonly [message: string, files: readonly KnownFile[], expected: Expected])[] = [
  // Pictures
  ['Make a picture of a fox', [], [[image, { prompt: 'a fox' }]]],
  ['draw a cat sitting on a chair', [], [[image, { prompt: 'a cat sitting on a chair' }]]],
  [
    'Can you please generate an image of a lighthouse at dusk, 16:9?',
    [],
    [[image, { prompt: 'a lighthouse at dusk', width: 1376, height: 768 }]],
  ],
  [
    'Create a 1536x1024 png of a red bicycle',
    [],
    [[image, { width: 1536, height: 1024, outputFormat: 'png' }]],
  ],
  [
    'a watercolor painting of a harbour in the rain',
    [],
    [[image, { prompt: 'a watercolor painting of a harbour in the rain' }]],
  ],
  [
    'Three variations of a logo for a coffee shop',
    [],
    [
      [image, {}],
      [image, {}],
      [image, {}],
    ],
  ],
  [
    'Make 4 pictures of mountains with seed 42',
    [],
    [
      [image, { seed: 42 }],
      [image, { seed: 43 }],
      [image, { seed: 44 }],
      [image, { seed: 45 }],
    ],
  ],
  [
    'Generate a vertical poster of a jazz festival as jpg',
    [],
    [[image, { width: 768, height: 1376, outputFormat: 'jpg' }]],
  ],
  ['Make a picture of a castle in high detail', [], [[image, { prompt: 'a castle', highDetail: true }]]],
  [
    'Make a picture of a highly detailed castle',
    [],
    [[image, { prompt: 'a highly detailed castle', highDetail: undefined }]],
  ],
  [
    'Create a portrait of an old sailor',
    [],
    [[image, { prompt: 'a portrait of an old sailor', width: undefined }]],
  ],
  ['a picture of three foxes and a dog', [], [[image, { prompt: 'three foxes and a dog' }]]],
  [
    'pictures of a red, a blue and a green car',
    [],
    [
      [image, { prompt: 'a red car' }],
      [image, { prompt: 'a blue car' }],
      [image, { prompt: 'a green car' }],
    ],
  ],
  [
    'three pictures: a cat, a dog and a fox',
    [],
    [
      [image, { prompt: 'a cat' }],
      [image, { prompt: 'a dog' }],
      [image, { prompt: 'a fox' }],
    ],
  ],
  [
    'a picture of a cat, a dog and a fox playing together',
    [],
    [[image, { prompt: 'a cat, a dog and a fox playing together' }]],
  ],
  [
    'Make a picture of a fox. It sits on a mossy rock at dawn.',
    [],
    [[image, { prompt: 'a fox. It sits on a mossy rock at dawn' }]],
  ],
  [
    'Make a picture of a sign that says "ANIMATE EVERYTHING, add music"',
    [],
    [[image, { prompt: 'a sign that says “ANIMATE EVERYTHING, add music”' }]],
  ],
  ['Generate a 4k picture of the alps', [], [[image, { width: 2720, height: 1536 }]]],
  [
    'I want a square picture of a cup of coffee, then a picture of a tea pot',
    [],
    [
      [image, { prompt: 'a cup of coffee', width: 1024, height: 1024 }],
      [image, { prompt: 'a tea pot' }],
    ],
  ],
  ['Make a picture of a dragon in the style of cat.png', [cat], [[image, { referenceImages: [asset(cat)] }]]],
  [
    'a couple of images of a robot, 512 x 512',
    [],
    [
      [image, { width: 512, height: 512 }],
      [image, { width: 512 }],
    ],
  ],

  // Edits
  [
    'Turn this image into a noir poster',
    [fox],
    [[edit, { prompt: 'Turn this image into a noir poster', sourceImage: asset(fox) }]],
  ],
  ['Make the sky red', [cat], [[edit, { prompt: 'Make the sky red', sourceImage: asset(cat) }]]],
  [
    'Remove the background from fox.png',
    [fox, cat],
    [[edit, { sourceImage: asset(fox), prompt: 'Remove the background from the picture' }]],
  ],
  ['Edit the second image: add a hat', [fox, cat], [[edit, { sourceImage: asset(cat) }]]],
  ['Change the last one to black and white', [fox, cat], [[edit, { sourceImage: asset(cat) }]]],
  ['Add a red scarf to the fox', [fox, cat], [[edit, { sourceImage: asset(fox) }]]],
  [
    'Put the animal of cat.png into fox.png',
    [fox, cat],
    [[edit, { sourceImage: asset(cat), referenceImages: [asset(fox)] }]],
  ],
  [
    'Make a picture of a house, then make it snowy',
    [],
    [
      [image, {}],
      [edit, { sourceImage: from('picture-1') }],
    ],
  ],
  [
    'Brighten the uploaded photo and save it as png',
    [cat],
    [[edit, { sourceImage: asset(cat), outputFormat: 'png' }]],
  ],
  [
    'Restore these photos',
    [fox, cat],
    [
      [edit, { sourceImage: asset(fox) }],
      [edit, { sourceImage: asset(cat) }],
    ],
  ],

  // Films
  [
    'Make a video of a dog running on a beach',
    [],
    [[film, { prompt: 'a dog running on a beach', startFrameImage: undefined }]],
  ],
  [
    'Make a 6 second vertical video of a waterfall at 24 fps',
    [],
    [
      [
        film,
        {
          durationSeconds: 6,
          aspectRatio: '9:16',
          sampledFps: 24,
          interpolationFps: 0,
          prompt: 'a waterfall',
        },
      ],
    ],
  ],
  [
    'Animate this picture for 8 seconds',
    [fox],
    [[film, { startFrameImage: asset(fox), durationSeconds: 8, aspectRatio: '3:4' }]],
  ],
  [
    'Animate the uploaded photo, extreme quality',
    [cat],
    [[film, { startFrameImage: asset(cat), extremeQuality: true, aspectRatio: '16:9' }]],
  ],
  ['Bring fox.png to life', [fox, cat], [[film, { startFrameImage: asset(fox) }]]],
  [
    'Turn it into a 10 second video where the fox jumps',
    [fox],
    [[film, { startFrameImage: asset(fox), durationSeconds: 10, prompt: 'the fox jumps' }]],
  ],
  [
    'Animate a fox running through snow',
    [],
    [[film, { prompt: 'a fox running through snow', startFrameImage: undefined }]],
  ],
  [
    'Make a picture of a fox, then animate it',
    [],
    [
      [image, { width: 1280, height: 704 }],
      [film, { startFrameImage: from('picture-1') }],
    ],
  ],
  [
    'Make a picture of a fox, then animate it in 9:16',
    [],
    [
      [image, { width: 704, height: 1280 }],
      [film, { startFrameImage: from('picture-1'), aspectRatio: '9:16' }],
    ],
  ],
  [
    'Make two pictures of cats and animate each for 3 seconds',
    [],
    [
      [image, {}],
      [image, {}],
      [film, { startFrameImage: from('picture-1'), durationSeconds: 3 }],
      [film, { startFrameImage: from('picture-2'), durationSeconds: 3 }],
    ],
  ],
  [
    'Make a picture of a fox and a picture of a dog, then animate the fox',
    [],
    [
      [image, {}],
      [image, {}],
      [film, { startFrameImage: from('picture-1') }],
    ],
  ],
  [
    'Make three variations of a castle and animate the second one',
    [],
    [
      [image, {}],
      [image, {}],
      [image, {}],
      [film, { startFrameImage: from('picture-2') }],
    ],
  ],
  [
    'A 1920x1080 film of a neon city, 20 seconds, 30fps',
    [],
    [[film, { width: 1920, height: 1088, durationSeconds: 20, interpolationFps: 30 }]],
  ],
  [
    'Make a video of a fox for TikTok, it should be 4 seconds long',
    [],
    [[film, { aspectRatio: '9:16', durationSeconds: 4 }]],
  ],
  ['Make a one minute video of the sea', [], [[film, { durationSeconds: 20, prompt: 'the sea' }]]],
  [
    'Make a picture of a fox, animate it for 6 seconds and add rain sounds',
    [],
    [
      [image, {}],
      [film, { startFrameImage: from('picture-1'), referenceAudio: from('sound-1'), durationSeconds: 6 }],
      [effect, { durationSeconds: 6 }],
    ],
  ],
  [
    'Make a video of a robot with a calm piano soundtrack',
    [],
    [
      [film, { startFrameImage: from('picture-1'), referenceAudio: from('song-1') }],
      [music, { durationSeconds: 15 }],
      [image, { width: 1280, height: 704 }],
    ],
  ],
  [
    'Animate fox.png with country-heart.mp3',
    [fox, song],
    [[film, { startFrameImage: asset(fox), referenceAudio: asset(song) }]],
  ],
  [
    `Animate this picture and add a voice-over saying "${line}"`,
    [cat],
    [
      [film, { startFrameImage: asset(cat), referenceAudio: from('speech-1'), durationSeconds: 6 }],
      [speak, { text: line }],
    ],
  ],

  [
    'Make a picture of two astronauts and turn it into a short video with epic orchestral music',
    [],
    [
      [image, { prompt: 'two astronauts' }],
      [film, { startFrameImage: from('picture-1'), referenceAudio: from('song-1') }],
      [music, { tags: 'epic orchestral', durationSeconds: 15 }],
    ],
  ],
  ['Create a music video of a band on a roof', [], [[film, { prompt: 'a band on a roof' }]]],
  [
    'Hi! I need a 10s clip of a surfer, 25fps please',
    [],
    [[film, { prompt: 'a surfer', durationSeconds: 10, sampledFps: 25 }]],
  ],

  // Longer, and several in one
  ['Combine these clips', [clipA, clipB], [[combine, { videos: [asset(clipA), asset(clipB)] }]]],
  [
    'Stitch clip-b.mp4 and clip-a.mp4 together at 60 fps',
    [clipA, clipB],
    [[combine, { videos: [asset(clipB), asset(clipA)], frameRate: 60 }]],
  ],
  [
    'Create two 3 second videos of a neon city and stitch them together',
    [],
    [
      [film, { durationSeconds: 3 }],
      [film, { durationSeconds: 3 }],
      [combine, { videos: [from('film-1'), from('film-2')] }],
    ],
  ],
  [
    'Make 2 clips of a train, 4 seconds each, and combine them with an overlap of 3 frames',
    [],
    [
      [film, { durationSeconds: 4 }],
      [film, {}],
      [combine, { videos: [from('film-1'), from('film-2')], overlapFrames: 3 }],
    ],
  ],
  [
    'Make a video of a fox, then a video of a dog, and join them into one film',
    [],
    [
      [film, {}],
      [film, {}],
      [combine, { videos: [from('film-1'), from('film-2')] }],
    ],
  ],
  [
    'Animate fox.png for 3 seconds and combine it with the uploaded clip',
    [fox, clipA],
    [
      [film, { startFrameImage: asset(fox) }],
      [combine, { videos: [from('film-1'), asset(clipA)] }],
    ],
  ],
  ['Make a video of a river, then extend it by 4 seconds', [], [[film, { durationSeconds: 9 }]]],
  [
    'Extend clip-a.mp4 by 6 seconds from last frame.webp',
    [clipA, lastFrame],
    [
      [film, { startFrameImage: asset(lastFrame), durationSeconds: 6 }],
      [combine, { videos: [asset(clipA), from('film-1')], overlapFrames: 1 }],
    ],
  ],
  [
    'Make a picture of a fox, make two clips from it and stitch them together',
    [],
    [
      [image, {}],
      [film, { startFrameImage: from('picture-1') }],
      [film, { startFrameImage: from('picture-1') }],
      [combine, { videos: [from('film-1'), from('film-2')] }],
    ],
  ],

  // Speech
  [
    `Say "${line}" in a deep calm voice`,
    [],
    [[speak, { text: line, voiceDescription: 'deep calm voice, clear and natural with balanced pacing' }]],
  ],
  [`Create a voice-over: "${line}" as wav`, [], [[speak, { text: line, outputFormat: 'wav' }]]],
  [
    `Clone the voice from rin-voice.mp3 and say "${line}"`,
    [voice, song],
    [[speak, { mode: 'voice_clone', referenceAudio: asset(voice), text: line }]],
  ],
  [
    `Clone this voice and have it say: ${line}`,
    [voice],
    [[speak, { mode: 'voice_clone', referenceAudio: asset(voice) }]],
  ],
  [
    'Read script.txt aloud with a warm female narrator',
    [script],
    [[speak, { text: script.text, voiceDescription: 'warm female narrator' }]],
  ],
  ['Narrate the text, seed 7', [script], [[speak, { text: script.text, seed: 7 }]]],

  // Music and sounds
  [
    'Make a 30 second lo-fi hip hop track',
    [],
    [[music, { tags: 'lo-fi hip hop', durationSeconds: 30, lyrics: undefined }]],
  ],
  [
    'Write a German folk song with these lyrics: [Verse]\nAm Brunnen vor dem Tore\nDa steht ein Lindenbaum',
    [],
    [[music, { lyrics: '[Verse]\nAm Brunnen vor dem Tore\nDa steht ein Lindenbaum' }]],
  ],
  [
    'Compose an 80s synth-pop song in German, two minutes, 192k, high quality',
    [],
    [
      [
        music,
        {
          durationSeconds: 120,
          quality: '192k',
          qualityPreset: 'high_quality',
          language: 'de',
          tags: '80s synth-pop',
        },
      ],
    ],
  ],
  [
    'Make a sound effect of a door slamming, 3 seconds',
    [],
    [[effect, { prompt: 'a door slamming', durationSeconds: 3 }]],
  ],
  [
    'the sound of rain on a tin roof for 20s',
    [],
    [[effect, { prompt: 'rain on a tin roof', durationSeconds: 20 }]],
  ],
  [
    'Make a picture of a fox and a song about foxes',
    [],
    [
      [image, { prompt: 'a fox' }],
      [music, { tags: 'foxes' }],
    ],
  ],
  ['Sing the lyrics in script.txt as a slow ballad', [script], [[music, { lyrics: script.text }]]],
  [
    '5 sound effects of laser guns as flac',
    [],
    Array.from({ length: 5 }, () => [effect, { prompt: 'laser guns', outputFormat: 'flac' }] as const),
  ],

  // 3D and words
  ['Make a 3D model of this boat photo', [cat], [[mesh, { sourceImage: asset(cat) }]]],
  [
    'Turn fox.png into a 3D mesh with 20k faces, fast draft',
    [fox, cat],
    [[mesh, { sourceImage: asset(fox), targetFaceCount: 20_000, qualityPreset: 'fast' }]],
  ],
  [
    'Create a 3D model of a wooden chair',
    [],
    [
      [image, { prompt: 'a wooden chair, the whole object in front of a plain white background' }],
      [mesh, { sourceImage: from('picture-1') }],
    ],
  ],
  [
    'Draw a teapot, then turn it into a high quality 3D model',
    [],
    [
      [image, { prompt: 'a teapot' }],
      [mesh, { sourceImage: from('picture-1'), qualityPreset: 'high' }],
    ],
  ],
  [
    'Transcribe country-heart.mp3 in English',
    [song, voice],
    [[words, { sourceAudio: asset(song), language: 'en' }]],
  ],
  [
    'Annotate the song with these lyrics: "Boots on the porch"',
    [song],
    [[words, { sourceAudio: asset(song), transcript: 'Boots on the porch' }]],
  ],
  [
    `Say "${line}" and transcribe it`,
    [],
    [
      [speak, {}],
      [words, { sourceAudio: from('speech-1') }],
    ],
  ],

  // All of it
  [
    'Make a picture of a knight, turn it into an oil painting, animate that for 5 seconds in 4:3, and make a 3D model of the picture',
    [],
    [
      [image, { width: 1120, height: 832 }],
      [edit, { sourceImage: from('picture-1') }],
      [film, { startFrameImage: from('edit-1'), aspectRatio: '4:3' }],
      [mesh, { sourceImage: from('edit-1') }],
    ],
  ],
  ["Don't make a video. Make a picture of a bear.", [], [[image, { prompt: 'a bear' }]]],
  ['Use cat.png and animate it', [fox, cat], [[film, { startFrameImage: asset(cat) }]]],
];

describe('plain English becomes the jobs that it asks for', () => {
  test.each(corpus.map(([message, files, expected]) => ({ message, files, expected })))(
    '$message',
    ({ message, files, expected }) => {
      const { steps, reply } = planWords({ message, turns: [], files, stepsMax: 20 });
      expect([steps.map(({ task }) => task).toSorted(), reply]).toEqual([
        expected.map(([task]) => task).toSorted(),
        reply,
      ]);
      expect(checkDraft(steps, { files, pricing })).toEqual([]);
      const left = [...steps];
      for (const [task, input] of expected) {
        const [step] = left.splice(
          left.findIndex((one) => one.task === task),
          1,
        );
        const wanted = Object.keys(input).map((name) => [name, step?.input[name]]);
        expect(Object.fromEntries(wanted)).toEqual({ ...input });
      }
    },
  );

  test('the corpus has sixty sentences and more', () => {
    expect(corpus.length).toBeGreaterThanOrEqual(60);
  });
});
