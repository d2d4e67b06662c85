/** A request body of the API reference. */
export interface ReferenceExample {
  /** Its heading in the reference. */
  title: string;
  task: string;
  input: Record<string, unknown>;
}

/** 64 × 64 pixels of one colour: they stand where the reference writes `<base64-or-data-uri>`. */
const pngBase64 =
  'iVBORw0KGgoAAAANSUhEUgAAAEAAAABACAMAAACdt4HsAAAAA1BMVEXAYDB18fCRAAAACXBIWXMAAAPoAAAD6AG1e1JrAAAAG0lEQVRYw+3BgQAAAADDoPlT3+AEVQEAAAB8AxBAAAEZszF2AAAAAElFTkSuQmCC';
const inlinePng = { dataBase64: pngBase64, mimeType: 'image/png' };
const inlineWebp = {
  dataBase64: 'data:image/webp;base64,UklGRiQAAABXRUJQVlA4TBcAAAAvP8APAAdQsAIXpv8BICH8f69F9D/1AwA=',
  mimeType: 'image/webp',
};

/** Every media job that the API reference shows, word for word but for the inline files. */
export const referenceExamples: readonly ReferenceExample[] = [
  {
    title: 'First API call (hello world)',
    task: 'image.generate',
    input: {
      prompt: 'cinematic fox astronaut',
      width: 1024,
      height: 1024,
    },
  },
  {
    title: 'Image generation request',
    task: 'image.generate',
    input: {
      prompt: 'cinematic fox astronaut',
      width: 1536,
      height: 1024,
      referenceImages: ['https://cdn.example.com/input/style-ref.webp', inlinePng],
    },
  },
  {
    title: 'Image edit request',
    task: 'image.edit',
    input: {
      prompt: 'turn this scene into a dramatic noir poster',
      sourceImage: 'https://cdn.example.com/input/source.jpg',
      referenceImages: ['https://cdn.example.com/input/style-ref.webp', inlineWebp],
    },
  },
  {
    title: 'Video generation request (image-to-video)',
    task: 'video.generate',
    input: {
      prompt: 'slow cinematic push-in with floating particles',
      startFrameImage: inlinePng,
      finalFrameImage: 'https://cdn.example.com/input/final-frame.webp',
      durationSeconds: 6,
      width: 1920,
      height: 1088,
      interpolationFps: 60,
    },
  },
  {
    title: 'Video generation request (text-to-video)',
    task: 'video.generate',
    input: {
      prompt: 'single continuous cinematic flythrough over a neon city at dawn',
      durationSeconds: 6,
      width: 1920,
      height: 1088,
      interpolationFps: 0,
    },
  },
  {
    title: 'Video generation request (extreme quality)',
    task: 'video.generate',
    input: {
      prompt: 'Single continuous hero shot with restrained camera motion and strong identity retention.',
      startFrameImageUrl: 'https://cdn.example.com/input/start-frame.webp',
      durationSeconds: 6,
      width: 2048,
      height: 1152,
      extremeQuality: true,
    },
  },
  {
    title: 'Video generation request (reference audio + start frame)',
    task: 'video.generate',
    input: {
      prompt:
        'image-to-video shot anchored to the supplied start frame for a direct-to-camera dialogue or singing line. keep the performance synced to the provided reference audio from start to finish. honor the frame-zero composition from the supplied start frame and keep the same subject count, identity, wardrobe, and environment family. favor restrained camera behavior; prefer locked framing, a very gentle push, or a tiny lateral drift, with subject motion carrying the shot more than the camera. keep the subject readable whenever the face is foregrounded. let mouth articulation, jaw travel, breath timing, shoulder rhythm, and phrase-timed gestures carry the sync. start moving immediately. keep lip sync faithful to the supplied reference audio, with mouth shapes and breath timing driven by that phrase. keep one continuous shot with stable anatomy and coherent motion.',
      startFrameImageUrl: 'https://cdn.example.com/input/start-frame.webp',
      finalFrameImageUrl: 'https://cdn.example.com/input/final-frame.webp',
      referenceAudioUrl: 'https://cdn.example.com/input/reference-track.opus',
      durationSeconds: 6,
      width: 1920,
      height: 1088,
      interpolationFps: 60,
    },
  },
  {
    title: 'Video generation request (overlap-frame extension + reference audio)',
    task: 'video.generate',
    input: {
      prompt:
        'image-to-video shot anchored to the supplied start frame for a direct-to-camera dialogue continuation. keep the performance synced to the provided reference audio from start to finish. honor the frame-zero composition from the supplied start frame and keep the same subject count, identity, wardrobe, and environment family. favor restrained camera behavior; prefer locked framing, a very gentle push, or a tiny lateral drift, with subject motion carrying the shot more than the camera. keep the subject readable whenever the face is foregrounded. let mouth articulation, jaw travel, breath timing, shoulder rhythm, and phrase-timed gestures carry the sync. start moving immediately. keep lip sync faithful to the supplied reference audio, with mouth shapes and breath timing driven by that phrase. keep one continuous shot with stable anatomy, coherent motion, and preserved white balance, skin tone, exposure, contrast, saturation, and background palette.',
      overlapFrameImageUrls: [
        'https://cdn.example.com/input/clip-a-last-03.webp',
        'https://cdn.example.com/input/clip-a-last-02.webp',
        'https://cdn.example.com/input/clip-a-last-01.webp',
      ],
      referenceAudioUrl: 'https://cdn.example.com/input/dialogue-half-b.opus',
      durationFrames: 257,
      width: 1280,
      height: 1280,
      sampledFps: 25,
      interpolationFps: 60,
      seed: 424242,
    },
  },
  {
    title: 'Video combine request',
    task: 'video.combine',
    input: {
      videoUrls: ['https://cdn.example.com/output/clip-a.mp4', 'https://cdn.example.com/output/clip-b.mp4'],
      overlapFrames: 3,
      frameRate: 60,
    },
  },
  {
    title: 'TTS request',
    task: 'audio.speak',
    input: {
      text: 'We launch at dawn, hold formation, and bring everyone home safely.',
      voiceDescription:
        'Warm confident narrator with balanced pacing, stable projection, and natural emphasis.',
      language: 'English',
      quality: '128k',
      seed: 123456,
    },
  },
  {
    title: 'TTS voice clone request',
    task: 'audio.speak',
    input: {
      mode: 'voice_clone',
      text: 'Keep the same character voice, but deliver this line with calm authority and clean pacing.',
      referenceAudioUrl: 'https://cdn.example.com/input/rin-voice-sample.opus',
      referenceTranscript: 'Rin keeps her voice low. She measures every word before it lands.',
      referenceAudioMaxSeconds: 6,
      maxNewTokens: 384,
      language: 'English',
      quality: '128k',
      seed: 424242,
    },
  },
  {
    title: 'Audio annotation request',
    task: 'audio.annotation.reference',
    input: {
      sourceAudioUrl: 'https://cdn.example.com/input/country-heart-edit.mp3',
      transcript:
        '[Intro]\nBoots on the porch and a laptop glow,\nI mint an A P I key before the roosters crow.',
      language: 'en',
      transcriptionModel: 'distil-large-v3',
      device: 'auto',
    },
  },
  {
    title: 'Music generation request',
    task: 'ace.step.create',
    input: {
      tags: 'anthemic ace step electro-pop, wide stereo synths, tight sidechained bass, punchy drum transients, strong vocal hooks, modern polished mix',
      lyrics:
        '[Intro]\nNeon rain on the avenue\n\n[Verse]\nWe were shadows in a crowded room\nNow the skyline sings our names\n\n[Pre-Chorus]\nHands up, hearts up, hold the line\n\n[Chorus]\nWe run through the midnight light\nTurn the static into fire tonight\n\n[Bridge]\nStrip it down, then build it higher\n\n[Final Chorus]\nWe run through the midnight light',
      qualityPreset: 'high_quality',
      durationSeconds: 108,
      quality: '192k',
      language: 'en',
    },
  },
  {
    title: 'Sound effect request',
    task: 'moss.sound.effect',
    input: {
      prompt: 'A sharp pistol shot in a dry canyon with a quick mechanical click and short tail echo.',
      durationSeconds: 2,
      quality: '128k',
      topK: 50,
      maxNewTokens: 1024,
    },
  },
  {
    title: '3D generation request',
    task: 'trellis.generate',
    input: {
      sourceImageUrl: 'https://cdn.example.com/input/boat_ref.png',
      qualityPreset: 'balanced',
      targetFaceCount: 20000,
      textureSize: 1024,
      textureResolution: 512,
      maxViews: 4,
      sparseStructureSteps: 10,
      shapeSteps: 10,
      textureSteps: 10,
      meshResolution: 1024,
      remeshFillHoles: true,
      remeshFillHolesMaxPerimeter: 0.05,
      meshClusterConeHalfAngleRad: 55,
    },
  },
  {
    title: 'Retry-safe write request example',
    task: 'image.generate',
    input: {
      prompt: 'cinematic fox astronaut',
      width: 1024,
      height: 1024,
    },
  },
];
