// Configuration for real SDK clients whose requests are answered by a function: everything but the wire is AWS's own code.

export interface Asked {
  path: string
  body: unknown
}

export interface AnswerOfAws {
  status: number
  /** The name of an error. */
  error?: string
  body: unknown
}

export const answering = (answer: (asked: Asked) => AnswerOfAws | Promise<AnswerOfAws>) => ({
  region: 'us-east-1',
  credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
  maxAttempts: 1,
  requestHandler: {
    async handle(request: { path: string; body?: string | Uint8Array }) {
      const body = request.body ? JSON.parse(textOf(request.body)) : null
      const { status, error, body: answered } = await answer({ path: request.path, body })
      const headers = error === undefined ? {} : { 'x-amzn-errortype': error }
      return {
        response: { statusCode: status, headers, body: Buffer.from(JSON.stringify(answered)) },
      }
    },
  },
})

const textOf = (body: string | Uint8Array): string =>
  typeof body === 'string' ? body : new TextDecoder().decode(body)
