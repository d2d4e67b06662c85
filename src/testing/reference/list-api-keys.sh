# List API keys request
curl -X GET "$API_BASE/api/v1/keys" \
  -H "Authorization: Bearer $API_KEY"
