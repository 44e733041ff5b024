// Secrets opened once per process: where a key service opens them, a call's signature must not wait for it each time.
import type { Services } from '../core/ports.ts'

/** Opened secrets kept in memory. Beyond it the one opened first is opened anew. */
const OPENED_MAX = 1_000

export function openedSecrets(secrets: Services['secrets']): Services['secrets']['open'] {
  const opened = new Map<string, Promise<string>>()

  return (sealed, context) => {
    const key = `${context}/${sealed}`
    const known = opened.get(key)
    if (known) return known
    const opening = secrets.open(sealed, context)
    opened.set(key, opening)
    opening.catch(() => opened.delete(key)) // who asked is told; the next one tries again
    if (opened.size > OPENED_MAX) {
      for (const oldest of opened.keys()) {
        opened.delete(oldest)
        break
      }
    }
    return opening
  }
}
