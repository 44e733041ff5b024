// The panels beside an automation's form and on an event's page, in a real browser: what a draft would have done, what is wrong with it
// while it is written, why an event fired nothing; and that writing in the form loses nothing of what it has no field for.
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { furnish } from './bakery.ts'
import {
  type BrowserStack,
  complaintsOf,
  contextFor,
  type Look,
  PICTURES,
  seriousFindings,
  startStack,
  takePicture,
} from './stack.ts'

describe('panels', () => {
  let stack: BrowserStack
  let pages: Record<string, string>

  beforeAll(async () => {
    stack = await startStack()
    pages = await furnish(stack)
  })
  afterAll(() => stack?.stop())

  async function opened(name: string, look: Look = 'light') {
    const page = await (await contextFor(stack.browser, look)).newPage()
    page.setDefaultTimeout(15_000)
    const complaints = complaintsOf(page)
    await page.goto(stack.server.url + pages[name])
    return { page, complaints }
  }

  it.each<Look>(['light', 'dark', 'phone'])(
    'say what a draft would have done: %s',
    async (look) => {
      const { page, complaints } = await opened('automation-edit', look)
      await page.getByLabel('Events').fill('bread.baked')
      await page.getByRole('button', { name: 'Last 24 hours' }).click()
      await page.locator('#backtest-result', { hasText: 'New firings' }).waitFor()
      await page.locator('#checks', { hasText: 'Nothing speaks against it' }).waitFor()

      await takePicture(page, join(PICTURES, `automation-backtest-${look}.png`))

      expect(await page.locator('#backtest-result').textContent()).toContain('rye')
      expect(await seriousFindings(page)).toEqual([])
      expect(await page.evaluate('document.documentElement.scrollWidth > innerWidth')).toBe(false)
      expect(complaints).toEqual([])
      await page.context().close()
    },
  )

  it('warn while one writes, and take the warning back', async () => {
    const { page } = await opened('automation-edit')
    const checks = page.locator('#checks')

    const json = page.locator('#json')
    const good = await json.inputValue()

    await json.fill(good.replace('"match": {}', '"match": { "a": [] }'))
    await checks.getByText('trigger.match').waitFor()

    await json.fill(good)
    await checks.getByText('Nothing speaks against it').waitFor()
    await page.context().close()
  })

  it('leave what the form has no field for as it was', async () => {
    const { page } = await opened('automation-edit')
    const json = page.locator('#json')
    const draft = JSON.parse(await json.inputValue())
    Object.assign(draft.actions[0], { review: { subject: 'May we?' }, unheard_of: [1] })
    await json.fill(JSON.stringify(draft))

    await page.getByLabel('Name', { exact: true }).and(page.locator('input')).fill('Another name')
    await page.getByLabel('Action', { exact: true }).selectOption('do-nothing')
    await page.getByLabel('Action', { exact: true }).selectOption('run-deployment')

    const name = 'Another name'
    expect(JSON.parse(await json.inputValue())).toEqual({ ...draft, name })
    await page.context().close()
  })

  it('say of an event why it fired nothing, as soon as the page is there', async () => {
    const { page, complaints } = await opened('event')

    await page.getByRole('link', { name: 'Bake when an order comes' }).first().waitFor()
    await page.locator('section', { hasText: 'Why not?' }).getByText('Fired').first().waitFor()

    expect(complaints).toEqual([])
    await page.context().close()
  })
})
