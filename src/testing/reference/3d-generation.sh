# 3D generation request
curl -X POST "$API_BASE/api/v1/media/jobs" \
  -H "Authorization: Bearer $API_KEY" \
  -H "Content-Type: application/json" \
  -d '{
    "task": "trellis.generate",
    "input": {
      "sourceImageUrl": "https://cdn.example.com/input/boat_ref.png",
      "qualityPreset": "balanced",
      "targetFaceCount": 20000,
      "textureSize": 1024,
      "textureResolution": 512,
      "maxViews": 4,
      "sparseStructureSteps": 10,
      "shapeSteps": 10,
      "textureSteps": 10,
      "meshResolution": 1024,
      "remeshFillHoles": true,
      "remeshFillHolesMaxPerimeter": 0.05,
      "meshClusterConeHalfAngleRad": 55
    }
  }'
