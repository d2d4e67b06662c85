# Video generation request (extreme quality)
curl -X POST "$API_BASE/api/v1/media/jobs" \
  -H "Authorization: Bearer $API_KEY" \
  -H "Content-Type: application/json" \
  -d '{
    "task": "video.generate",
    "input": {
      "prompt": "Single continuous hero shot with restrained camera motion and strong identity retention.",
      "startFrameImageUrl": "https://cdn.example.com/input/start-frame.webp",
      "durationSeconds": 6,
      "width": 2048,
      "height": 1152,
      "extremeQuality": true
    }
  }'
