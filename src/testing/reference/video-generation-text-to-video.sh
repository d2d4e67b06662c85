# Video generation request (text-to-video)
curl -X POST "$API_BASE/api/v1/media/jobs" \
  -H "Authorization: Bearer $API_KEY" \
  -H "Content-Type: application/json" \
  -d '{
    "task": "video.generate",
    "input": {
      "prompt": "single continuous cinematic flythrough over a neon city at dawn",
      "durationSeconds": 6,
      "width": 1920,
      "height": 1088,
      "interpolationFps": 0
    }
  }'
