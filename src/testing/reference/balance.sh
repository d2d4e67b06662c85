# Balance request
curl -X GET "$API_BASE/api/v1/balance" \
  -H "Authorization: Bearer $API_KEY"
