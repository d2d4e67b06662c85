# Image generation request
curl -X POST "$API_BASE/api/v1/media/jobs" \
  -H "Authorization: Bearer $API_KEY" \
  -H "Content-Type: application/json" \
  -H "X-Idempotency-Key: job-001" \
  -d '{
    "task": "image.generate",
    "input": {
      "prompt": "cinematic fox astronaut",
      "width": 1536,
      "height": 1024,
      "referenceImages": [
        "https://cdn.example.com/input/style-ref.webp",
        {
          "dataBase64": "<base64-or-data-uri>",
          "mimeType": "image/png"
        }
      ]
    }
  }'
