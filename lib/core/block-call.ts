// A block and a message as the request or the mail that carries it. Field names are Prefect's (blocks/webhook.py, blocks/notifications.py,
// prefect-email's credentials.py); the `allow_private_urls` and `verify` of webhooks are not asked: we never call private addresses,
// and always verify certificates.
import { BLOCK_TYPES } from './block.ts'
import type { OutgoingMail, OutgoingRequest } from './outgoing.ts'

/** What an action has to say, rendered. */
export type BlockMessage = { payload: string } | { subject: string; body: string }

/** A request, its signing secret beside it, or a mail; or what is wrong with the block. */
export type BlockCall =
  | { request: OutgoingRequest; signingSecret: string | null }
  | { mail: Omit<OutgoingMail, 'messageId'> }
  | { fault: string }

type Values = Record<string, unknown>

/** What carries a message through a block of a type, `data` being its values with the secrets in clear. */
export function callOfBlock(typeId: string, data: Values, message: BlockMessage): BlockCall {
  try {
    if (typeId === BLOCK_TYPES['email-server-credentials'].id && 'body' in message) {
      return { mail: mailOf(data, message) }
    }
    const request = requestOf(typeId, data, message)
    const secret = textOr(data, 'signing_secret', '')
    return { request, signingSecret: secret === '' ? null : secret }
  } catch (error) {
    if (error instanceof BlockFault) return { fault: error.message }
    throw error
  }
}

/** Thrown within this file, so that fields can be read one after the other. */
class BlockFault extends Error {}

function requestOf(typeId: string, data: Values, message: BlockMessage): OutgoingRequest {
  if (typeId === BLOCK_TYPES.webhook.id && 'payload' in message)
    return webhook(data, message.payload)
  if ('payload' in message) throw new BlockFault('The referenced block was not a webhook block')
  if (typeId === BLOCK_TYPES['custom-webhook'].id) return customWebhook(data, message)
  if (typeId === BLOCK_TYPES['slack-webhook'].id) return slack(data, message)
  throw new BlockFault('The referenced block was not a notification block')
}

function webhook(data: Values, payload: string): OutgoingRequest {
  const body = payload === '' ? null : payload
  return {
    method: methodOf(data),
    url: text(data, 'url'),
    headers: {
      ...typed(body, isJson(payload) ? JSON_TYPE : TEXT_TYPE),
      ...textsOr(data, 'headers'),
    },
    body,
  }
}

/** `{{ name }}` of a secret, `subject`, `body` or `name` stands for its text wherever it is written. */
function customWebhook(
  data: Values,
  { subject, body }: { subject: string; body: string },
): OutgoingRequest {
  const known: Record<string, string> = {
    ...textsOr(data, 'secrets'),
    subject,
    body,
    name: textOr(data, 'name', ''),
  }
  const fill = <T>(value: T): T => filled(value, known) as T
  const { json_data: json, form_data: form } = data
  if (json != null && form != null)
    throw new BlockFault('both `Form Data` and `JSON Data` provided')
  const content = contentOf(fill(json ?? null), fill(form ?? null))
  const cookies = Object.entries(fill(textsOr(data, 'cookies')))
  return {
    method: methodOf(data),
    url: withParams(fill(text(data, 'url')), fill(textsOr(data, 'params'))),
    headers: {
      ...typed(content.body, content.type),
      ...(cookies.length > 0
        ? { cookie: cookies.map(([name, value]) => `${name}=${value}`).join('; ') }
        : {}),
      ...fill(textsOr(data, 'headers')),
    },
    body: content.body,
  }
}

const slack = (
  data: Values,
  { subject, body }: { subject: string; body: string },
): OutgoingRequest => ({
  method: 'POST',
  url: text(data, 'url'),
  headers: typed('', JSON_TYPE),
  body: JSON.stringify({ text: subject === '' ? body : `*${subject}*\n${body}` }),
})

/** Servers that prefect-email knows by a word. */
const MAIL_SERVERS: Record<string, string> = {
  AOL: 'smtp.aol.com',
  ATT: 'smtp.mail.att.net',
  COMCAST: 'smtp.comcast.net',
  GMAIL: 'smtp.gmail.com',
  ICLOUD: 'smtp.mail.me.com',
  OUTLOOK: 'smtp-mail.outlook.com',
  YAHOO: 'smtp.mail.yahoo.com',
}

/** Ports by how the connection is secured, where the block names none. */
const MAIL_PORTS = { SSL: 465, STARTTLS: 587, INSECURE: 25 } as const

function mailOf(
  data: Values,
  { subject, body }: { subject: string; body: string },
): Omit<OutgoingMail, 'messageId'> {
  const server = textOr(data, 'smtp_server', MAIL_SERVERS.GMAIL ?? '')
  const security = textOr(data, 'smtp_type', 'SSL').toUpperCase()
  if (!isMailSecurity(security)) {
    const known = Object.keys(MAIL_PORTS).join(', ')
    throw new BlockFault(`smtp_type: ${JSON.stringify(security)} is none of ${known}`)
  }
  const user = textOr(data, 'username', '')
  return {
    server: MAIL_SERVERS[server.toUpperCase()] ?? server,
    port: portOr(data, MAIL_PORTS[security]),
    security,
    verify: data.verify !== false,
    login: user === '' ? null : { user, password: textOr(data, 'password', '') },
    from: textOr(data, 'email_from', '') || text(data, 'username'),
    to: recipients(data),
    subject,
    text: body,
  }
}

const isMailSecurity = (text: string): text is OutgoingMail['security'] =>
  Object.hasOwn(MAIL_PORTS, text)

function portOr(data: Values, fallback: number): number {
  const port = Number(data.smtp_port ?? fallback)
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port
  throw new BlockFault('smtp_port is no port')
}

/** Recipients of one mail: a notification, not a newsletter. */
const RECIPIENTS_MAX = 50

function recipients({ email_to: given }: Values): string[] {
  const listed: unknown[] = Array.isArray(given) ? given : String(given ?? '').split(',')
  const to = listed.map((one) => String(one).trim()).filter((one) => one !== '')
  if (to.length > 0 && to.length <= RECIPIENTS_MAX) return to
  throw new BlockFault(
    `The block names ${to.length} recipients in email_to: 1 to ${RECIPIENTS_MAX}`,
  )
}

const JSON_TYPE = 'application/json'
const TEXT_TYPE = 'text/plain; charset=utf-8'
const FORM_TYPE = 'application/x-www-form-urlencoded'

const typed = (body: string | null, type: string): Record<string, string> =>
  body === null ? {} : { 'content-type': type }

function contentOf(json: unknown, form: unknown): { body: string | null; type: string } {
  if (json !== null) return { body: JSON.stringify(json), type: JSON_TYPE }
  if (typeof form === 'string') return { body: form, type: TEXT_TYPE }
  if (form === null) return { body: null, type: TEXT_TYPE }
  return { body: new URLSearchParams(textsOr({ form }, 'form')).toString(), type: FORM_TYPE }
}

function withParams(url: string, params: Record<string, string>): string {
  if (Object.keys(params).length === 0) return url
  const joint = url.includes('?') ? '&' : '?'
  return `${url}${joint}${new URLSearchParams(params)}`
}

const PLACEHOLDER = /\{\{\s*([\w.\-[\]$]+)\s*\}\}/g

function filled(value: unknown, known: Record<string, string>): unknown {
  if (typeof value === 'string') {
    return value.replace(PLACEHOLDER, (whole, name: string) => {
      if (Object.hasOwn(known, name)) return known[name] ?? ''
      throw new BlockFault(`The block names ${whole}, which is none of its secrets`)
    })
  }
  if (Array.isArray(value)) return value.map((item) => filled(item, known))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, filled(item, known)]))
}

function isJson(body: string): boolean {
  if (!/^\s*[[{]/.test(body)) return false
  try {
    JSON.parse(body)
    return true
  } catch (error) {
    if (error instanceof SyntaxError) return false
    throw error
  }
}

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const

function methodOf(data: Values): OutgoingRequest['method'] {
  const method = textOr(data, 'method', 'POST')
  const known = METHODS.find((one) => one === method)
  if (known) return known
  throw new BlockFault(`method: ${JSON.stringify(method)} is none of ${METHODS.join(', ')}`)
}

function text(data: Values, field: string): string {
  const value = data[field]
  if (typeof value === 'string' && value !== '') return value
  throw new BlockFault(`The block has no ${field}`)
}

function textOr(data: Values, field: string, fallback: string): string {
  const value = data[field] ?? fallback
  if (typeof value === 'string') return value
  throw new BlockFault(`${field} is no text`)
}

function textsOr(data: Values, field: string): Record<string, string> {
  const value = data[field] ?? {}
  const isTexts =
    typeof value === 'object' &&
    !Array.isArray(value) &&
    Object.values(value).every((item) => typeof item === 'string')
  if (isTexts) return value as Record<string, string>
  throw new BlockFault(`${field} is no object of texts`)
}
