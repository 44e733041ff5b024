// What is taken out of a request before any of it is kept, shown to a template, or told of: whatever a caller proves itself by.
// Rather too much than too little: a header that sounds like a secret is one.

const SECRET_HEADER =
  /authorization|cookie|signature|hmac|token|secret|passw|credential|session|jwt|api-?key|access-?key|sas-key|client-cert|(?:^|-)auth(?:-|$)/i

const SECRET_PARAMETER =
  /token|secret|passw|signature|^sig$|^sign$|hmac|credential|session|jwt|api-?_?key|access-?_?key|^key$|^auth|^code$/i

/** Places of secrets that a webhook's own scheme names, whatever they are called. */
export interface SecretPlaces {
  headers: readonly string[]
  query: readonly string[]
}

const isSecretHeader = (name: string, { headers }: SecretPlaces): boolean =>
  SECRET_HEADER.test(name) || headers.some((one) => one.toLowerCase() === name.toLowerCase())

const isSecretParameter = (name: string, { query }: SecretPlaces): boolean =>
  SECRET_PARAMETER.test(name) || query.includes(name)

type Pairs = Iterable<[string, string]>

/** Headers and parameters that may be kept. */
export function withoutSecrets<T extends { headers: Pairs; query: Pairs }>(
  call: T,
  places: SecretPlaces,
): T & { headers: [string, string][]; query: [string, string][] } {
  return {
    ...call,
    headers: [...call.headers].filter(([name]) => !isSecretHeader(name, places)),
    query: [...call.query].filter(([name]) => !isSecretParameter(name, places)),
  }
}
