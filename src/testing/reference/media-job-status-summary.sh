# Media job status request (summary)
curl -X GET "$API_BASE/api/v1/media/jobs?jobId=abc123" \
  -H "Authorization: Bearer $API_KEY"
