curl -X POST "$API_BASE/api/v1/keys" \
  -H "Content-Type: application/json" \
  -d '{
    "idToken": "eyJhbGciOiJSUzI1NiIs...",
    "label": "Google bootstrap key"
  }'
