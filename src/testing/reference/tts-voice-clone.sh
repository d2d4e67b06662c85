# TTS voice clone request
curl -X POST "$API_BASE/api/v1/media/jobs" \
  -H "Authorization: Bearer $API_KEY" \
  -H "Content-Type: application/json" \
  -d '{
    "task": "audio.speak",
    "input": {
      "mode": "voice_clone",
      "text": "Keep the same character voice, but deliver this line with calm authority and clean pacing.",
      "referenceAudioUrl": "https://cdn.example.com/input/rin-voice-sample.opus",
      "referenceTranscript": "Rin keeps her voice low. She measures every word before it lands.",
      "referenceAudioMaxSeconds": 6,
      "maxNewTokens": 384,
      "language": "English",
      "quality": "128k",
      "seed": 424242
    }
  }'
