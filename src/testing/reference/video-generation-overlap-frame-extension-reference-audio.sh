# Video generation request (overlap-frame extension + reference audio)
curl -X POST "$API_BASE/api/v1/media/jobs" \
  -H "Authorization: Bearer $API_KEY" \
  -H "Content-Type: application/json" \
  -d '{
    "task": "video.generate",
    "input": {
      "prompt": "image-to-video shot anchored to the supplied start frame for a direct-to-camera dialogue continuation. keep the performance synced to the provided reference audio from start to finish. honor the frame-zero composition from the supplied start frame and keep the same subject count, identity, wardrobe, and environment family. favor restrained camera behavior; prefer locked framing, a very gentle push, or a tiny lateral drift, with subject motion carrying the shot more than the camera. keep the subject readable whenever the face is foregrounded. let mouth articulation, jaw travel, breath timing, shoulder rhythm, and phrase-timed gestures carry the sync. start moving immediately. keep lip sync faithful to the supplied reference audio, with mouth shapes and breath timing driven by that phrase. keep one continuous shot with stable anatomy, coherent motion, and preserved white balance, skin tone, exposure, contrast, saturation, and background palette.",
      "overlapFrameImageUrls": [
        "https://cdn.example.com/input/clip-a-last-03.webp",
        "https://cdn.example.com/input/clip-a-last-02.webp",
        "https://cdn.example.com/input/clip-a-last-01.webp"
      ],
      "referenceAudioUrl": "https://cdn.example.com/input/dialogue-half-b.opus",
      "durationFrames": 257,
      "width": 1280,
      "height": 1280,
      "sampledFps": 25,
      "interpolationFps": 60,
      "seed": 424242
    }
  }'
