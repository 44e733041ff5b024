// Request bodies, read within limits: a stranger's bytes cost no more memory or stack than is named here.
import { invalid, Refusal } from '../core/errors.ts'
import { readJsonBody } from '../core/json-body.ts'

/** Bytes of a request body, as Prefect Cloud (docs: rate limits). Lambda function URLs would stop at 6 MB. */
export const BODY_BYTES_MAX = 5 * 1024 * 1024
/** Brackets open at once in a JSON body. JSON.stringify recurses, so a deeper value could be stored but never sent. */
export const JSON_DEPTH_MAX = 512

/** The whole body, or a Refusal 413 as soon as it is longer than allowed, declared or not. */
export async function readBytes(request: Request, max = BODY_BYTES_MAX): Promise<Uint8Array> {
  const tooLarge = () => new Refusal(413, `The request body is larger than ${max} bytes.`)
  if (Number(request.headers.get('content-length') ?? 0) > max) throw tooLarge()
  if (!request.body) return new Uint8Array()
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of request.body as unknown as AsyncIterable<Uint8Array>) {
    length += part.byteLength
    if (length > max) throw tooLarge()
    parts.push(part)
  }
  return parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts, length)
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** UTF-8 text, or null when the bytes are none. */
export function decodeUtf8(bytes: Uint8Array): string | null {
  try {
    return utf8.decode(bytes)
  } catch (error) {
    if (error instanceof TypeError) return null // what a fatal TextDecoder throws
    throw error
  }
}

/** The body as JSON; an absent body is undefined. Throws a Refusal: 413 too large, 422 no JSON or nested too deep. */
export async function readJson(request: Request): Promise<unknown> {
  const text = decodeUtf8(await readBytes(request))
  if (text === null) throw notJson('the body is not UTF-8')
  if (text.trim() === '') return undefined
  return parseJson(text)
}

export function parseJson(text: string): unknown {
  if (isDeeperThan(text, JSON_DEPTH_MAX))
    throw notJson(`nested deeper than ${JSON_DEPTH_MAX} levels`)
  return readJsonBody(text)
}

const notJson = (why: string) =>
  invalid([{ loc: ['body', 0], type: 'json_invalid', msg: `JSON decode error: ${why}` }])

/** Whether more brackets are open at once than allowed; brackets inside strings do not count. */
export function isDeeperThan(json: string, levels: number): boolean {
  let depth = 0
  let inString = false
  for (let i = 0; i < json.length; i += 1) {
    const code = json.charCodeAt(i)
    if (inString) {
      if (code === 92) i += 1
      else if (code === 34) inString = false
    } else if (code === 34) inString = true
    else if (code === 91 || code === 123) {
      depth += 1
      if (depth > levels) return true
    } else if (code === 93 || code === 125) depth -= 1
  }
  return false
}
