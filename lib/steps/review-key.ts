// The key of review links: found, or made when the first link is. Remembered by the process, for every click on a link asks for it.
import type { Services } from '../core/ports.ts'

type Uses = Pick<Services, 'reviewKeys' | 'secrets'>

/** What it is sealed for, so that no other sealed text passes for it. */
const CONTEXT = 'review-links'

/** The key; null while no link was ever made. */
export function knownReviewKey({ reviewKeys, secrets }: Uses): () => Promise<string | null> {
  let opened: string | null = null
  return async () => {
    const sealed = opened === null ? await reviewKeys.get() : null
    if (sealed !== null) opened = await secrets.open(sealed, CONTEXT)
    return opened
  }
}

/** The key, made if there is none. Of two who make one at a moment, both go by the first. */
export function reviewKey(services: Uses & Pick<Services, 'ids'>): () => Promise<string> {
  const known = knownReviewKey(services)
  return async () => {
    const found = await known()
    if (found !== null) return found
    await services.reviewKeys.create(await services.secrets.seal(services.ids.secret(), CONTEXT))
    const made = await known()
    if (made === null) throw new Error('the key of review links was removed as it was made')
    return made
  }
}
