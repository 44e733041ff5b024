// E-mail through servers that users chose, by the rules of outbound.ts: the server's name is resolved once, checked, and the connection
// opened to what was checked; nodemailer speaks over it and opens none itself.
import { isIP, type Socket } from 'node:net'
import { createTransport } from 'nodemailer'
import type SMTPTransport from 'nodemailer/lib/smtp-transport/index.js'
import { mailTargetOf } from '../core/address.ts'
import type { HandedOver, OutgoingMail } from '../core/outgoing.ts'
import type { Mail } from '../core/ports.ts'
import { orAborted, type PinOptions, pinning, reasonOf } from './pinned.ts'

/** Milliseconds from asking the resolver until the server has taken the message. Some make strangers wait. */
const MAIL_MS_MAX = 20_000

export interface MailOptions extends PinOptions {
  /** @default MAIL_MS_MAX */
  timeoutMs?: number
}

export function smtpMail(options: MailOptions = {}): Mail {
  const { timeoutMs = MAIL_MS_MAX } = options
  const { pin, open } = pinning(options)

  async function attempt(mail: OutgoingMail, signal: AbortSignal): Promise<HandedOver> {
    const target = mailTargetOf(mail.server, mail.port, options)
    if ('refused' in target) return { kind: 'refused', reason: target.refused }
    const pinned = await orAborted(pin(target.host), signal)
    if ('kind' in pinned) return pinned
    const serverName = isIP(target.host) ? null : target.host
    const socket = open({ address: pinned.address, port: target.port, isTls: false, serverName })
    const stop = () => socket.destroy(signal.reason)
    signal.addEventListener('abort', stop, { once: true })
    try {
      return await orAborted(say(mail, target.host, socket as Socket), signal)
    } finally {
      signal.removeEventListener('abort', stop)
      socket.destroy()
    }
  }

  return {
    async send(mail) {
      const signal = AbortSignal.timeout(timeoutMs)
      try {
        return await attempt(mail, signal)
      } catch (error) {
        // Whatever the network does is the server's trouble, never ours: it is told, and tried again.
        if (signal.aborted)
          return { kind: 'failed', reason: `no answer within ${timeoutMs / 1_000} s` }
        return verdictOf(error)
      }
    },
  }
}

async function say(mail: OutgoingMail, host: string, connection: Socket): Promise<HandedOver> {
  await connected(connection)
  const options: SMTPTransport.Options = {
    host,
    port: mail.port,
    secure: mail.security === 'SSL',
    requireTLS: mail.security === 'STARTTLS',
    ignoreTLS: mail.security === 'INSECURE',
    tls: { rejectUnauthorized: mail.verify, ...(isIP(host) ? {} : { servername: host }) },
    ...(mail.login && { auth: { user: mail.login.user, pass: mail.login.password } }),
    disableFileAccess: true,
    disableUrlAccess: true,
    getSocket: (_, done) => done(null, { connection }),
  }
  const { messageId, from, to, subject, text } = mail
  const sent = await createTransport(options).sendMail({ messageId, from, to, subject, text })
  return { kind: 'taken', details: { response: sent.response, rejected: sent.rejected } }
}

const connected = (socket: Socket): Promise<void> =>
  new Promise((settle, fail) => {
    socket.once('error', fail)
    if (socket.connecting === false) settle()
    else socket.once('connect', () => settle())
  })

/** A server that says 5xx, or that does not know who we are, will say so again; all else may pass. */
function verdictOf(error: unknown): HandedOver {
  const { responseCode, code, response } = error as {
    responseCode?: number
    code?: string
    response?: string
  }
  const isFinal = (responseCode !== undefined && responseCode >= 500) || code === 'EAUTH'
  const reason = response ?? reasonOf(error)
  return { kind: isFinal ? 'refused' : 'failed', reason }
}
