// Which page is where: START HERE to find what answers an address of the console.
import { deliveryPage, releaseDelivery } from './delivery.tsx'
import { eventPage, replayEvent } from './event.tsx'
import { feedPage } from './feed.tsx'
import type { Page } from './visit.ts'
import { createWebhook, editWebhookPage, newWebhookPage, saveWebhook } from './webhook-form.tsx'
import { renderWebhook } from './webhook-trial.tsx'
import {
  deleteWebhook,
  enableWebhook,
  releaseWebhook,
  rotateWebhook,
  webhookPage,
  webhooksPage,
} from './webhooks.tsx'

/** What is looked at. */
export const PAGES: Record<string, Page> = {
  '/': feedPage,
  '/events/:id': eventPage,
  '/webhooks': webhooksPage,
  '/webhooks/new': newWebhookPage,
  '/webhooks/:id': webhookPage,
  '/webhooks/:id/edit': editWebhookPage,
  '/webhooks/:id/deliveries/:delivery': deliveryPage,
}

/** What is done: forms and buttons. Each answers with a redirect, or with the form and what was wrong. */
export const CHANGES: Record<string, Page> = {
  '/events/:id/replay': replayEvent,
  '/webhooks': createWebhook,
  '/webhooks/render': renderWebhook,
  '/webhooks/:id/edit': saveWebhook,
  '/webhooks/:id/enable': enableWebhook,
  '/webhooks/:id/rotate': rotateWebhook,
  '/webhooks/:id/release': releaseWebhook,
  '/webhooks/:id/delete': deleteWebhook,
  '/webhooks/:id/deliveries/:delivery/release': releaseDelivery,
}
