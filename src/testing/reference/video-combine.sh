# Video combine request
curl -X POST "$API_BASE/api/v1/media/jobs" \
  -H "Authorization: Bearer $API_KEY" \
  -H "Content-Type: application/json" \
  -d '{
    "task": "video.combine",
    "input": {
      "videoUrls": [
        "https://cdn.example.com/output/clip-a.mp4",
        "https://cdn.example.com/output/clip-b.mp4"
      ],
      "overlapFrames": 3,
      "frameRate": 60
    }
  }'
