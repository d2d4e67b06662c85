curl -X POST "$API_BASE/api/v1/auth/google" \
  -H "Content-Type: application/json" \
  -d '{
    "idToken": "eyJhbGciOiJSUzI1NiIs...",
    "keyLabel": "Google bootstrap key"
  }'
