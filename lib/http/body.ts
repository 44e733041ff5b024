// Request bodies, read within limits: a stranger's bytes cost no more memory or stack than is named here.
import { invalid, Refusal } from '../core/errors.ts'
import { decodeUtf8, isDeeperThan, readJsonBody } from '../core/json-body.ts'

/** Bytes of a request body, as Prefect Cloud (docs: rate limits). Lambda function URLs would stop at 6 MB. */
export const BODY_BYTES_MAX = 5 * 1024 * 1024
/** Brackets open at once in a JSON body. JSON.stringify recurses, so a deeper value could be stored but never sent. */
export const JSON_DEPTH_MAX = 512

/** The whole body, or a Refusal: 413 as soon as it is longer than allowed, declared or not; 400 if it breaks off. */
export async function readBytes(request: Request, max = BODY_BYTES_MAX): Promise<Uint8Array> {
  const tooLarge = () => new Refusal(413, `The request body is larger than ${max} bytes.`)
  if (Number(request.headers.get('content-length') ?? 0) > max) throw tooLarge()
  if (!request.body) return new Uint8Array()
  const parts: Uint8Array[] = []
  let length = 0
  try {
    for await (const part of request.body as unknown as AsyncIterable<Uint8Array>) {
      length += part.byteLength
      if (length > max) throw tooLarge()
      parts.push(part)
    }
  } catch (error) {
    if (error instanceof Refusal) throw error
    // Its sender went away: nobody is there to be answered, and nothing of ours broke.
    throw new Refusal(400, 'The request body ended too early.', { cause: error })
  }
  return parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts, length)
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
