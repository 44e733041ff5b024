// Whether a call proves who sent it. What that takes beside the call itself, opened secrets and SNS's certificates, is got once per
// process: where a key service opens secrets, a call must not wait for it each time.
import { Refusal } from '../core/errors.ts'
import type { Services } from '../core/ports.ts'
import { type Proof, type Verdict, verify } from '../core/signature.ts'
import { schemeOf } from '../core/signature-presets.ts'
import { snsClaim, verifySns } from '../core/sns.ts'
import { formatInstant } from '../core/time.ts'
import { liveSecrets, type Signature } from '../core/webhook-definition.ts'
import { remembered } from './remembered.ts'

/** Opened secrets kept in memory. Beyond it the one opened first is opened anew. */
const OPENED_MAX = 1_000
/** Certificates kept: SNS has one to a region, and a new one now and then. */
const CERTIFICATES_MAX = 50

/** A verdict on a call, by the webhook's signature. Throws a Refusal 503 where SNS's certificate cannot be had just now. */
export function verdicts({
  secrets,
  clock,
  ...services
}: Pick<Services, 'secrets' | 'outbound' | 'clock' | 'log'>) {
  const open = remembered(OPENED_MAX, secrets.open)
  const certificateAt = remembered(CERTIFICATES_MAX, certificateFrom(services))

  return async (signature: Signature, webhookId: string, call: Proof): Promise<Verdict> => {
    const now = clock.now()
    const live = liveSecrets(signature, formatInstant(now))
    const opened = await Promise.all(live.map(({ sealed }) => open(sealed, webhookId)))
    const scheme = schemeOf(signature)
    if (scheme.scheme !== 'sns') return verify(scheme, opened, call, now)
    const claim = snsClaim(opened, call.body, scheme, now)
    if (typeof claim === 'string') return { ok: false, reason: claim }
    return verifySns(claim, await certificateAt(claim.certificateUrl), now)
  }
}

/** Asked for only by messages of a topic that the webhook takes, and at that topic's SNS: a stranger chooses no address of it. */
const certificateFrom =
  ({ outbound, log }: Pick<Services, 'outbound' | 'log'>) =>
  async (url: string): Promise<string | null> => {
    const answered = await outbound.send({ method: 'GET', url, headers: {}, body: null })
    if (answered.kind === 'answered' && answered.status === 200) return answered.body
    if (answered.kind === 'answered' && [403, 404].includes(answered.status)) return null
    log.warn('a certificate of SNS could not be had', { url, answered: answered.kind })
    throw new Refusal(503, 'The certificate of SNS could not be had; try again.')
  }
