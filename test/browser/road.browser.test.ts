// The road of a first evening, in a real browser: a webhook is made and called, the event is seen as it comes, automated, seen again
// with the run that it caused and that run's logs; and a run that waits is cancelled before its time.
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type BrowserStack, complaintsOf, contextFor, startStack } from './stack.ts'

describe('the road', () => {
  let stack: BrowserStack
  let page: Page
  let complaints: string[]
  let deployment: { id: string }

  beforeAll(async () => {
    stack = await startStack()
    const flow = await stack.say('POST', '/flows/', { name: 'bake' })
    deployment = await stack.say('POST', '/deployments/', { name: 'bake-bread', flow_id: flow.id })
    page = await (await contextFor(stack.browser, 'light')).newPage()
    page.setDefaultTimeout(15_000)
    complaints = complaintsOf(page)
  })
  afterAll(() => stack?.stop())

  const at = (path: string) => page.goto(stack.server.url + path)
  const click = (name: string) => page.getByRole('button', { name, exact: true }).click()

  /** Takes the next run of the deployment and does what a served flow does. */
  async function serveOne(): Promise<string> {
    const polled = { deployment_ids: [deployment.id], scheduled_before: '2099-01-01T00:00:00Z' }
    const runs = await stack.say('POST', '/deployments/get_scheduled_flow_runs', polled)
    const { id } = runs[0]
    const set = (type: string) =>
      stack.say('POST', `/flow_runs/${id}/set_state`, { state: { type } })
    await set('PENDING')
    await set('RUNNING')
    const line = { name: 'flow', level: 20, timestamp: new Date().toISOString(), flow_run_id: id }
    await stack.say('POST', '/logs', [{ ...line, message: 'Twelve loaves are baked' }])
    await set('COMPLETED')
    return id
  }

  async function call(): Promise<void> {
    const [webhook] = await stack.say('GET', '/webhooks')
    const body = JSON.stringify({ event: 'baked', name: 'rye' })
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(`${stack.server.url}/hooks/${webhook.slug}`, {
      method: 'POST',
      headers,
      body,
    })
    expect(answer.status).toBe(204)
  }

  it('goes from a webhook to a run’s logs, and cancels a run that waits', async () => {
    await at('/webhooks')
    await page.getByRole('link', { name: 'Create a webhook' }).click()
    await page.getByLabel('Name', { exact: true }).fill('Bakery')
    await click('From the body')
    await page.locator('#trial', { hasText: 'bread.baked' }).waitFor()
    await click('Create webhook')
    await page.locator('#hook-curl', { hasText: 'curl http://' }).waitFor()

    await at('/')
    await call()
    const row = page.getByRole('link', { name: /Bread baked/ })
    await row.waitFor() // it comes by itself
    await row.click()

    await page.getByRole('link', { name: 'Automate this event' }).click()
    expect(await page.getByLabel('Events', { exact: true }).inputValue()).toBe('bread.baked')
    expect(await page.getByLabel('Deployment').inputValue()).toBe(deployment.id)
    await click('Create automation')
    await page.getByText('It has not fired yet').waitFor()
    const automation = page.url().replace(/\?.*/, '')

    await call()
    await stack.server.drain()
    const run = await serveOne()
    await page.goto(automation)
    await page.getByRole('link', { name: /Automation triggered/ }).click()
    await page.getByRole('link', { name: 'Flow run scheduled' }).waitFor() // in its chain
    await at(`/runs/${run}`)
    await page.getByText('Twelve loaves are baked').waitFor()
    await page.getByLabel('Because of').getByText('bread.baked').first().waitFor() // its cause
    expect(await page.locator('.head .status').textContent()).toBe('Completed')

    await page.goto(`${automation}/edit`)
    await page.getByLabel('After seconds').fill('3600')
    expect(await page.locator('#json').inputValue()).toContain('"schedule_after": 3600')
    await click('Save')
    await call()
    await stack.server.drain()
    await at('/delayed')
    page.on('dialog', (dialog) => dialog.accept())
    await page.getByText('by On bread.baked').waitFor()
    await click('+1 hour')
    await page.getByText('Postponed.').waitFor()
    await click('Cancel')
    await page.getByText('Nothing is waiting').waitFor()

    expect(complaints).toEqual([])
  })

  it('is driven by keys: a search, rows, and the list of keys', async () => {
    await at('/')
    await page.keyboard.press('/')
    await page.keyboard.type('rye')
    await page.getByRole('link', { name: 'Clear filters' }).waitFor()
    expect(page.url()).toContain('text=rye')
    await page.keyboard.press('Escape')
    await page.keyboard.press('j')
    expect(await page.locator('.is-current').count()).toBe(1)
    await page.keyboard.press('Enter')
    await page.getByText('Before and after').waitFor()
    await page.keyboard.press('?')
    await page.getByRole('heading', { name: 'Keys', exact: true }).waitFor()
  })

  it('zooms where the histogram is dragged over', async () => {
    await at('/?span=24h')
    const box = await page.locator('svg.bars').boundingBox()
    if (!box) throw new Error('no histogram')
    await page.mouse.move(box.x + box.width * 0.5, box.y + 20)
    await page.mouse.down()
    await page.mouse.move(box.x + box.width * 0.75, box.y + 30, { steps: 5 })
    await page.mouse.up()
    await page.waitForURL(/since=.*until=/)

    const { searchParams } = new URL(page.url())
    const [since, until] = ['since', 'until'].map((name) =>
      Date.parse(searchParams.get(name) ?? ''),
    )
    expect(((until ?? 0) - (since ?? 0)) / 3_600_000).toBeCloseTo(6, 0)
  })

  it('stands still while it is paused', async () => {
    await at('/')
    const rows = page.locator('[data-row]')
    await rows.first().waitFor()
    await page.locator('#live').click()
    const before = await rows.count()

    await call()
    await page.locator('#live', { hasText: /new/ }).waitFor()

    expect(await rows.count()).toBe(before)
    await page.locator('#live').click()
    await rows.nth(before).waitFor()
  })

  it.each([
    ['dark', 'light'],
    ['light', 'dark'],
  ] as const)(
    'keeps the theme that was chosen: %s where the system is %s',
    async (chosen, system) => {
      const [other, liked] = await Promise.all([opened(system), opened(chosen)])
      const wanted = await coloursOf(liked)
      expect(await coloursOf(other)).not.toEqual(wanted)

      await other.getByRole('button', { name: 'Light or dark' }).click()
      expect(await coloursOf(other)).toEqual(wanted)
      await other.reload()
      expect(await coloursOf(other)).toEqual(wanted)

      for (const one of [other, liked]) await one.context().close()
    },
  )

  async function opened(look: 'light' | 'dark'): Promise<Page> {
    const own = await (await contextFor(stack.browser, look)).newPage()
    await own.goto(stack.server.url)
    return own
  }
})

/** What a text, a picture and a field are painted with. */
const coloursOf = (page: Page): Promise<unknown> =>
  page.evaluate(`[
    getComputedStyle(document.body).color,
    getComputedStyle(document.querySelector('.histogram .zero')).stroke,
    getComputedStyle(document.querySelector('input')).backgroundColor,
  ]`)
