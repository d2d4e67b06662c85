# Image edit request
curl -X POST "$API_BASE/api/v1/media/jobs" \
  -H "Authorization: Bearer $API_KEY" \
  -H "Content-Type: application/json" \
  -d '{
    "task": "image.edit",
    "input": {
      "prompt": "turn this scene into a dramatic noir poster",
      "sourceImage": "https://cdn.example.com/input/source.jpg",
      "referenceImages": [
        "https://cdn.example.com/input/style-ref.webp",
        {
          "dataBase64": "<base64-or-data-uri>",
          "mimeType": "image/webp"
        }
      ]
    }
  }'
