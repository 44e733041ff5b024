// What can be done with a webhook beside editing it.
import { formatInstant, MICROS_PER_SECOND } from '../core/time.ts'
import { notHere } from './not-here.tsx'
import { saying } from './notices.ts'
import { attempt } from './parts.tsx'
import type { Page, Visit } from './visit.ts'
import { showWebhook } from './webhook-page.tsx'
import { WebhookSwitch } from './webhooks.tsx'

/** How long good calls are kept when somebody asks for some. */
const CAPTURE_SECONDS = 15 * 60

const pathOf = ({ c }: Visit): string => `/webhooks/${c.req.param('id')}`

/** Answers the switch as it is now, or the page for those without scripts. */
export const enableWebhook: Page = async (visit) => {
  const { c, form, change, services, workspace } = visit
  const enabled = form.enabled === 'true'
  await change('PATCH', pathOf(visit), { enabled })
  if (c.req.header('hx-request') === undefined) {
    return c.redirect(saying(enabled ? 'enabled' : 'disabled', pathOf(visit)), 303)
  }
  const found = await services.webhooks.get(workspace, c.req.param('id') ?? '')
  if (!found) return notHere(visit, 'webhook')
  return c.html(<WebhookSwitch visit={visit} webhook={found.value} />)
}

export const rotateWebhook: Page = async (visit) => {
  await visit.change('POST', `${pathOf(visit)}/rotate`)
  return visit.c.redirect(saying('rotated', pathOf(visit)), 303)
}

export const releaseWebhook: Page = async (visit) => {
  await visit.change('POST', `${pathOf(visit)}/deliveries/release`, {
    deliveries: { released: false },
  })
  return visit.c.redirect(pathOf(visit), 303)
}

export const deleteWebhook: Page = async (visit) => {
  await visit.change('DELETE', pathOf(visit))
  return visit.c.redirect(saying('deleted', '/webhooks'), 303)
}

/** Shows the page with the secret on it, or with what was wrong with it. */
export const addSecret: Page = async (visit) => {
  const { form, change } = visit
  const asked = { secret: form.secret || null, expire_others_after: Number(form.overlap ?? 0) }
  const tried = await attempt(() => change('POST', `${pathOf(visit)}/secrets`, asked))
  if ('refusal' in tried) return showWebhook(visit, { refusal: tried.refusal })
  return showWebhook(visit, { secret: (tried.done as { secret: string }).secret })
}

export const removeSecret: Page = async (visit) => {
  await visit.change('DELETE', `${pathOf(visit)}/secrets/${visit.c.req.param('secret')}`)
  return visit.c.redirect(saying('revoked', pathOf(visit)), 303)
}

export const captureCalls: Page = async (visit) => {
  const { form, now, change, c } = visit
  const isOn = form.on === 'true'
  const until = isOn ? formatInstant(now + CAPTURE_SECONDS * MICROS_PER_SECOND) : null
  await change('PATCH', pathOf(visit), { capture_until: until })
  return c.redirect(isOn ? saying('capturing', pathOf(visit)) : pathOf(visit), 303)
}
