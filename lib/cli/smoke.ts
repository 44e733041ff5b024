// Whether a stack that was just deployed works: a webhook is made, called, seen in the feed, and deleted again. It goes the whole way, through
// both doors, the table, the stream and the feed.
import { setTimeout as sleep } from 'node:timers/promises'
import { CommandError } from './errors.ts'

/** The outputs of a stack that matter here, and its first key. */
export interface Deployed {
  apiUrl: string
  /** With a slash at its end. */
  hooksUrl: string
  key: string
}

/** A new host name takes a while to be known, a cold stack a few seconds, the feed's reader one. */
const SECONDS_MAX = 60
const PAUSE_MS = 500

/** The first key of a stack, from its secret. AWS's client is loaded only when a stack is deployed. */
export async function stackKey(secretId: string, region: string): Promise<string> {
  const { GetSecretValueCommand, SecretsManagerClient } = await import(
    '@aws-sdk/client-secrets-manager'
  )
  const { SecretString } = await new SecretsManagerClient({ region }).send(
    new GetSecretValueCommand({ SecretId: secretId }),
  )
  if (!SecretString) throw new CommandError(`secret ${secretId} is empty`)
  return SecretString
}

/**
 * Tries a stack.
 * @throws CommandError naming the first step that did not come about within a minute, and the section of the runbook that is about it
 */
export async function smokeTest(
  { apiUrl, hooksUrl, key }: Deployed,
  secondsMax = SECONDS_MAX,
): Promise<void> {
  const say = async <T>(method: string, path: string, body?: object): Promise<T> => {
    const answer = await fetch(`${apiUrl}${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: body === undefined ? null : JSON.stringify(body),
    })
    if (!answer.ok) throw new Error(`it answered ${answer.status}`)
    return (answer.status === 204 ? null : await answer.json()) as T
  }
  const step = stepsWithin(secondsMax)

  const name = `smoke test ${crypto.randomUUID()}`
  const { id, slug } = await step('the API takes no webhook', 'api-fails', () =>
    say<{ id: string; slug: string }>('POST', '/webhooks/', { name }),
  )
  try {
    await step('the webhook takes no call', 'hooks-fail', async () => {
      const { status } = await fetch(`${hooksUrl}${slug}`, { method: 'POST', body: '{}' })
      if (status !== 204) throw new Error(`it answered ${status}`)
    })
    const resource = { id: [`prefect-cloud.webhook.${id}`] }
    const filter = { event: { name: ['webhook.called'] }, resource }
    await step('the call is not in the feed', 'feed-late', async () => {
      const { total } = await say<{ total: number }>('POST', '/events/filter', { filter })
      if (total === 0) throw new Error('it is stored, and not to be seen')
    })
  } finally {
    await say('DELETE', `/webhooks/${id}`)
  }
}

/** Steps that are tried until they come about or the time of all of them is over. */
function stepsWithin(seconds: number) {
  const end = performance.now() + seconds * 1_000
  return async <T>(failure: string, section: string, act: () => Promise<T>): Promise<T> => {
    for (;;) {
      try {
        return await act()
      } catch (error) {
        if (performance.now() < end) {
          await sleep(PAUSE_MS)
          continue
        }
        throw new CommandError(
          `the stack is deployed, but ${failure}: ${(error as Error).message}`,
          {
            fix: `See ${section} in docs/runbook.md.`,
          },
        )
      }
    }
  }
}
