# Sound effect request
curl -X POST "$API_BASE/api/v1/media/jobs" \
  -H "Authorization: Bearer $API_KEY" \
  -H "Content-Type: application/json" \
  -d '{
    "task": "moss.sound.effect",
    "input": {
      "prompt": "A sharp pistol shot in a dry canyon with a quick mechanical click and short tail echo.",
      "durationSeconds": 2,
      "quality": "128k",
      "topK": 50,
      "maxNewTokens": 1024
    }
  }'
