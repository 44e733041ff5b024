// Explain waits: what an automation's triggers have stored, told as what each of them waits for.
import type { Automation } from '../core/automation.ts'
import { type AutomationExplanation, explainWaits as told } from '../core/explain-waits.ts'
import type { Services } from '../core/ports.ts'
import type { Workspace } from '../core/workspace.ts'

export const explainWaits =
  ({ triggers, clock }: Pick<Services, 'triggers' | 'clock'>) =>
  async (workspace: Workspace, automation: Automation): Promise<AutomationExplanation> => {
    const found = await triggers.buckets(workspace, automation.id)
    const stored = new Map(found.map(({ key, value }) => [key, value]))
    return told(automation, stored, clock.now())
  }
