// Requests to addresses that users chose. A name is resolved once, every address it has is checked, and the connection goes to the
// one that was checked: a resolver that answers otherwise the second time is not asked again. What core/address.ts refuses, no
// connection is opened for.
import { request as plainRequest } from 'node:http'
import { request as tlsRequest } from 'node:https'
import { isIP } from 'node:net'
import type { Duplex } from 'node:stream'
import { type Target, targetOf } from '../core/address.ts'
import type { Answered, OutgoingRequest } from '../core/outgoing.ts'
import type { Outbound } from '../core/ports.ts'
import { orAborted, type PinOptions, pinning, reasonOf } from './pinned.ts'

/** Milliseconds from asking the resolver to the end of the answer. A receiver that needs longer should answer first and work then. */
const OUTBOUND_MS_MAX = 10_000
/** Bytes of an answer that are read; the rest is left unread, and the connection closed. */
export const RESPONSE_BYTES_MAX = 64 * 1024

export interface OutboundOptions extends PinOptions {
  /** @default OUTBOUND_MS_MAX */
  timeoutMs?: number
}

export function outbound(options: OutboundOptions = {}): Outbound {
  const { timeoutMs = OUTBOUND_MS_MAX } = options
  const { pin, open } = pinning(options)

  async function attempt(request: OutgoingRequest, signal: AbortSignal): Promise<Answered> {
    const target = targetOf(request.url, options)
    if ('refused' in target) return { kind: 'refused', reason: target.refused }
    const fault = headerFault(request.headers)
    if (fault) return { kind: 'refused', reason: fault }
    const pinned = await orAborted(pin(target.host), signal)
    if ('kind' in pinned) return pinned
    return exchange(request, target, {
      signal,
      connect: () => {
        const serverName = isIP(target.host) ? null : target.host
        const { port, isTls } = target
        return open({ address: pinned.address, port, isTls, serverName })
      },
    })
  }

  return {
    async send(request) {
      const signal = AbortSignal.timeout(timeoutMs)
      try {
        return await attempt(request, signal)
      } catch (error) {
        // Whatever the network does is the receiver's trouble, never ours: it is told, and tried again.
        const reason = signal.aborted ? `no answer within ${timeoutMs / 1_000} s` : reasonOf(error)
        return { kind: 'failed', reason }
      }
    },
  }
}

type Allowed = Exclude<Target, { refused: string }>

function exchange(
  { method, headers, body }: OutgoingRequest,
  { url, isTls }: Allowed,
  { signal, connect }: { signal: AbortSignal; connect: () => Duplex },
): Promise<Answered> {
  return new Promise((settle, fail) => {
    const send = isTls ? tlsRequest : plainRequest
    const sent = send(
      {
        method,
        path: `${url.pathname}${url.search}`,
        headers: {
          ...Object.fromEntries(ownHeaders(headers)),
          host: url.host,
          connection: 'close',
          'accept-encoding': 'identity',
          ...(body === null ? {} : { 'content-length': Buffer.byteLength(body) }),
        },
        createConnection: connect, // without an agent: one would connect by itself, and by name
        signal,
      },
      (response) => {
        const parts: Buffer[] = []
        let bytes = 0
        const end = () => {
          settle({
            kind: 'answered',
            status: response.statusCode ?? 0,
            headers: Object.fromEntries(
              Object.entries(response.headers).map(([name, value]) => [name, String(value ?? '')]),
            ),
            body: Buffer.concat(parts).subarray(0, RESPONSE_BYTES_MAX).toString('utf8'),
          })
          sent.destroy()
        }
        response.on('data', (part: Buffer) => {
          parts.push(part)
          bytes += part.length
          if (bytes >= RESPONSE_BYTES_MAX) end()
        })
        response.on('end', end)
        response.on('error', fail)
      },
    )
    sent.on('error', fail)
    sent.end(body ?? undefined)
  })
}

/** Headers that are ours to say: who is spoken to, and how the connection is used. */
const OURS = [
  'host',
  'connection',
  'content-length',
  'transfer-encoding',
  'upgrade',
  'te',
  'trailer',
  'expect',
  'keep-alive',
  'accept-encoding',
]

const ownHeaders = (headers: Record<string, string>): [string, string][] => {
  const lowered = Object.entries(headers).map(([name, value]): [string, string] => [
    name.toLowerCase(),
    value,
  ])
  const given = lowered.filter(([name]) => !OURS.includes(name) && !name.startsWith('proxy-'))
  return [['user-agent', 'tripline'], ...given]
}

/** A header with a line break in it would be two, or the end of them. */
function headerFault(headers: Record<string, string>): string | null {
  for (const [name, value] of Object.entries(headers)) {
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name)) return `${JSON.stringify(name)} is no header name`
    if (/[^\t\x20-\x7e\x80-\xff]/.test(value))
      return `the header ${name} has characters that no header may have`
  }
  return null
}
