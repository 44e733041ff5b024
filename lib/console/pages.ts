// Which page is where: START HERE to find what answers an address of the console.
import { automationPage } from './automation.tsx'
import {
  createAutomation,
  editAutomationPage,
  newAutomationPage,
  saveAutomation,
} from './automation-form.tsx'
import { automationsPage, deleteAutomation, enableAutomation } from './automations.tsx'
import { backtestDraft, checkDraft } from './backtest.tsx'
import { deadLetterPage, retryDeadLetter } from './dead-letter.tsx'
import { delayedPage } from './delayed.tsx'
import { deliveryPage, releaseDelivery } from './delivery.tsx'
import { deploymentPage, deploymentsPage, enableDeployment, runDeployment } from './deployments.tsx'
import { eventPage, replayEvent } from './event.tsx'
import { feedPage } from './feed.tsx'
import { healthPage } from './health.tsx'
import { keysPage, makeKey, revokeKey, rotateKey } from './keys.tsx'
import { planPage } from './plan.tsx'
import { runLogs, runPage } from './run.tsx'
import { cancelRun, postponeRun, runNow } from './run-actions.tsx'
import { runsPage } from './runs.tsx'
import { deleteVariable, saveVariable, variablesPage } from './variables.tsx'
import type { Page } from './visit.ts'
import {
  addSecret,
  captureCalls,
  deleteWebhook,
  enableWebhook,
  releaseWebhook,
  removeSecret,
  rotateWebhook,
} from './webhook-changes.tsx'
import { createWebhook, editWebhookPage, newWebhookPage, saveWebhook } from './webhook-form.tsx'
import { webhookPage } from './webhook-page.tsx'
import { renderWebhook } from './webhook-trial.tsx'
import { webhooksPage } from './webhooks.tsx'
import { automationWhy, eventWhy } from './why.tsx'
import { limitPool, pausePool, workPoolPage, workPoolsPage } from './work-pools.tsx'

/** What is looked at. */
export const PAGES: Record<string, Page> = {
  '/': feedPage,
  '/events/:id': eventPage,
  '/events/:id/why': eventWhy,
  '/webhooks': webhooksPage,
  '/webhooks/new': newWebhookPage,
  '/webhooks/:id': webhookPage,
  '/webhooks/:id/edit': editWebhookPage,
  '/webhooks/:id/deliveries/:delivery': deliveryPage,
  '/automations': automationsPage,
  '/automations/new': newAutomationPage,
  '/automations/:id': automationPage,
  '/automations/:id/why': automationWhy,
  '/automations/:id/edit': editAutomationPage,
  '/runs': runsPage,
  '/runs/:id': runPage,
  '/runs/:id/logs': runLogs,
  '/delayed': delayedPage,
  '/deployments': deploymentsPage,
  '/deployments/:id': deploymentPage,
  '/plan': planPage,
  '/work-pools': workPoolsPage,
  '/work-pools/:pool': workPoolPage,
  '/variables': variablesPage,
  '/keys': keysPage,
  '/health': healthPage,
  '/health/dead-letters/:letter': deadLetterPage,
}

/** What is done: forms and buttons. Each answers with a redirect, or with the form and what was wrong. */
export const CHANGES: Record<string, Page> = {
  '/events/:id/replay': replayEvent,
  '/webhooks': createWebhook,
  '/webhooks/render': renderWebhook,
  '/webhooks/:id/edit': saveWebhook,
  '/webhooks/:id/enable': enableWebhook,
  '/webhooks/:id/capture': captureCalls,
  '/webhooks/:id/rotate': rotateWebhook,
  '/webhooks/:id/secrets': addSecret,
  '/webhooks/:id/secrets/:secret/delete': removeSecret,
  '/webhooks/:id/release': releaseWebhook,
  '/webhooks/:id/delete': deleteWebhook,
  '/webhooks/:id/deliveries/:delivery/release': releaseDelivery,
  '/automations': createAutomation,
  '/automations/check': checkDraft,
  '/automations/backtest': backtestDraft,
  '/automations/:id/backtest': backtestDraft,
  '/automations/:id/edit': saveAutomation,
  '/automations/:id/enable': enableAutomation,
  '/automations/:id/delete': deleteAutomation,
  '/runs/:id/now': runNow,
  '/runs/:id/postpone': postponeRun,
  '/runs/:id/cancel': cancelRun,
  '/deployments/:id/run': runDeployment,
  '/deployments/:id/enable': enableDeployment,
  '/work-pools/:pool/pause': pausePool,
  '/work-pools/:pool/limit': limitPool,
  '/variables': saveVariable,
  '/variables/delete': deleteVariable,
  '/health/dead-letters/:letter/retry': retryDeadLetter,
  '/keys': makeKey,
  '/keys/rotate': rotateKey,
  '/keys/revoke': revokeKey,
}
