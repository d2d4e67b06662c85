# Audio annotation request
curl -X POST "$API_BASE/api/v1/media/jobs" \
  -H "Authorization: Bearer $API_KEY" \
  -H "Content-Type: application/json" \
  -d '{
    "task": "audio.annotation.reference",
    "input": {
      "sourceAudioUrl": "https://cdn.example.com/input/country-heart-edit.mp3",
      "transcript": "[Intro]\nBoots on the porch and a laptop glow,\nI mint an A P I key before the roosters crow.",
      "language": "en",
      "transcriptionModel": "distil-large-v3",
      "device": "auto"
    }
  }'
