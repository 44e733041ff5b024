// Every page as it is seen: light, dark and on a phone. Pictures go to test/browser/screenshots, to be looked at; what a program can
// see of them is tested: nothing serious for axe-core, nothing wider than the window, no complaint, and no hostile text that runs.
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HOSTILE } from '../console/xss.ts'
import { furnish } from './bakery.ts'
import {
  type BrowserStack,
  complaintsOf,
  contextFor,
  type Look,
  PICTURES,
  seriousFindings,
  settled,
  startStack,
  takePicture,
  WIDER,
} from './stack.ts'

/** Of so many texts one has its own pages looked at here; test/console/hostile.slow.test.ts reads those of all. */
const EVERY = 6

describe('every page', () => {
  let stack: BrowserStack
  let pages: Record<string, string>

  beforeAll(async () => {
    stack = await startStack()
    pages = await furnish(stack)
  })
  afterAll(() => stack?.stop())

  it.each<Look>(['light', 'dark', 'phone'])('is fit to be seen: %s', async (look) => {
    const context = await contextFor(stack.browser, look)
    for (const [name, path] of Object.entries(pages)) {
      const page = await context.newPage()
      const complaints = complaintsOf(page)
      await page.goto(stack.server.url + path)
      await settled(page)
      await takePicture(page, join(PICTURES, `${name}-${look}.png`))

      expect(await seriousFindings(page), `${name}, ${look}`).toEqual([])
      expect(await page.evaluate(WIDER), name).toBe(false)
      const expected = name === 'not-here' ? 1 : 0 // the browser says that it got a 404
      expect(complaints, name).toHaveLength(expected)
      await page.close()
    }
    await context.close()
  })
})

describe('hostile texts', () => {
  let stack: BrowserStack

  beforeAll(async () => {
    stack = await startStack()
  })
  afterAll(() => stack?.stop())

  it(`run nowhere, all ${HOSTILE.length} of them`, async () => {
    const { say, server, browser } = stack
    const flow = await say('POST', '/flows/', { name: 'bake' })
    const deployment = await say('POST', '/deployments/', { name: 'bread', flow_id: flow.id })
    const paths = ['/', '/webhooks', '/automations', '/runs']
    for (const [i, text] of HOSTILE.entries()) {
      const id = crypto.randomUUID()
      const resource = { 'prefect.resource.id': text, 'prefect.resource.name': text }
      const occurred = new Date().toISOString()
      await say('POST', '/events', [
        { id, occurred, event: text, resource, payload: { [text]: text } },
      ])
      paths.push(`/events/${id}`)
      const webhook = await say('POST', '/webhooks', { name: text, description: text })
      const run = await say('POST', `/deployments/${deployment.id}/create_flow_run`, { name: text })
      const trigger = {
        type: 'event',
        posture: 'Reactive',
        expect: [text],
        threshold: 2,
        within: 60,
      }
      const actions = [{ type: 'do-nothing' }]
      const automation = await say('POST', '/automations/', { name: text, trigger, actions })
      if (i % EVERY > 0) continue
      paths.push(`/webhooks/${webhook.id}/edit`, `/runs/${run.id}`)
      paths.push(`/automations/${automation.id}/edit`)
    }
    await server.drain()

    const page = await (await contextFor(browser, 'light')).newPage()
    const asked: string[] = []
    page.on('request', (request) => asked.push(request.url()))
    page.on('dialog', (dialog) => dialog.dismiss().then(() => asked.push('a dialog')))
    for (const path of paths) {
      await page.goto(server.url + path)
      await settled(page)
      expect(await page.evaluate('window.pwned'), path).toBeUndefined()
    }

    const foreign = asked.filter((url) => !url.startsWith(server.url) && !url.startsWith('data:'))
    expect(foreign).toEqual([])
  })
})
