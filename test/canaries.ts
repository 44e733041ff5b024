// Secrets in every place where a caller or an owner may put one, each text found nowhere else: what must not turn up again.

/** Headers by which callers prove themselves, ours and those of senders we have no preset for. */
const HEADERS = [
  'Authorization',
  'Proxy-Authorization',
  'Cookie',
  'X-Hub-Signature',
  'X-Hub-Signature-256',
  'Stripe-Signature',
  'X-Slack-Signature',
  'webhook-signature',
  'svix-signature',
  'X-Shopify-Hmac-Sha256',
  'X-Gitlab-Token',
  'X-Twilio-Signature',
  'Linear-Signature',
  'X-Api-Key',
  'ApiKey',
  'X-Auth-Token',
  'X-Access-Token',
  'X-Amz-Security-Token',
  'X-Goog-Channel-Token',
  'X-CSRF-Token',
  'aeg-sas-key',
  'aeg-sas-token',
  'X-Client-Secret',
  'X-Forwarded-Client-Cert',
  'X-Password',
]

const PARAMETERS = ['token', 'access_token', 'api_key', 'key', 'sig', 'signature', 'secret', 'code']

export const canary = (place: string): string =>
  `canary-${place.toLowerCase().replaceAll('_', '-')}-tweets`

/** What every canary's text has, and nothing else. */
export const CANARY = /canary-[a-z0-9-]+-tweets/

/** Headers of a call, with canaries, and those given beside them. */
export const canaryHeaders = (others: Record<string, string> = {}): Record<string, string> => ({
  ...Object.fromEntries(HEADERS.map((name) => [name, canary(name)])),
  ...others,
})

export const canaryQuery = `?${PARAMETERS.map((name) => `${name}=${canary(`query-${name}`)}`).join('&')}&site=north`

/** Places in one call. */
export const CANARY_PLACES = HEADERS.length + PARAMETERS.length
