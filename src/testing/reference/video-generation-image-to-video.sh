# Video generation request (image-to-video)
curl -X POST "$API_BASE/api/v1/media/jobs" \
  -H "Authorization: Bearer $API_KEY" \
  -H "Content-Type: application/json" \
  -d '{
    "task": "video.generate",
    "input": {
      "prompt": "slow cinematic push-in with floating particles",
      "startFrameImage": {
        "dataBase64": "<base64-or-data-uri>",
        "mimeType": "image/png"
      },
      "finalFrameImage": "https://cdn.example.com/input/final-frame.webp",
      "durationSeconds": 6,
      "width": 1920,
      "height": 1088,
      "interpolationFps": 60
    }
  }'
