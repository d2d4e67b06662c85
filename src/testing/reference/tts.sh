# TTS request
curl -X POST "$API_BASE/api/v1/media/jobs" \
  -H "Authorization: Bearer $API_KEY" \
  -H "Content-Type: application/json" \
  -d '{
    "task": "audio.speak",
    "input": {
      "text": "We launch at dawn, hold formation, and bring everyone home safely.",
      "voiceDescription": "Warm confident narrator with balanced pacing, stable projection, and natural emphasis.",
      "language": "English",
      "quality": "128k",
      "seed": 123456
    }
  }'
