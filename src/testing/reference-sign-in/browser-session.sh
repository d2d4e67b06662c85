curl -X GET "$API_BASE/api/v1/auth/browser/session" \
  -H "Cookie: killa_tamata_browser_session=<session-cookie>"
