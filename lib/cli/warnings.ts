// Warnings: what is probably not meant about an automation that is made or changed, told beside the answer. It is made all the same.
import { ApiError } from '../sdk/http.ts'
import type { AutomationBody } from '../sdk/triggers.ts'
import { printable, say } from './output.ts'
import type { Session } from './session.ts'

/** Tells of one automation; a server that has no opinion is Prefect's. */
export async function warn({ terminal, runtime }: Session, body: AutomationBody): Promise<void> {
  const warnings = await runtime()
    .client.automations.check(body)
    .catch((error: unknown) => {
      if (error instanceof ApiError) return [] // what is wrong with it, saving it will tell
      throw error
    })
  for (const { path, message } of warnings) {
    say(terminal, `warning: ${body.name}: ${path}: ${printable(message)}`)
  }
}
