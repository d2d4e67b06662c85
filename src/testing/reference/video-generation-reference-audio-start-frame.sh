# Video generation request (reference audio + start frame)
curl -X POST "$API_BASE/api/v1/media/jobs" \
  -H "Authorization: Bearer $API_KEY" \
  -H "Content-Type: application/json" \
  -d '{
    "task": "video.generate",
    "input": {
      "prompt": "image-to-video shot anchored to the supplied start frame for a direct-to-camera dialogue or singing line. keep the performance synced to the provided reference audio from start to finish. honor the frame-zero composition from the supplied start frame and keep the same subject count, identity, wardrobe, and environment family. favor restrained camera behavior; prefer locked framing, a very gentle push, or a tiny lateral drift, with subject motion carrying the shot more than the camera. keep the subject readable whenever the face is foregrounded. let mouth articulation, jaw travel, breath timing, shoulder rhythm, and phrase-timed gestures carry the sync. start moving immediately. keep lip sync faithful to the supplied reference audio, with mouth shapes and breath timing driven by that phrase. keep one continuous shot with stable anatomy and coherent motion.",
      "startFrameImageUrl": "https://cdn.example.com/input/start-frame.webp",
      "finalFrameImageUrl": "https://cdn.example.com/input/final-frame.webp",
      "referenceAudioUrl": "https://cdn.example.com/input/reference-track.opus",
      "durationSeconds": 6,
      "width": 1920,
      "height": 1088,
      "interpolationFps": 60
    }
  }'
