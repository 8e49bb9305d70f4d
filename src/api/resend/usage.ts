/** /usage in the Resend dialect. What Postern does not have is there with nothing used and nothing allowed. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from 'typebox'
import type { Sender } from '../../core/messages/sender.ts'
import { findUsage, type Usage } from '../../core/usage/queries.ts'
import { Refusal } from '../../lib/refusal.ts'
import type { ApiDeps } from '../deps.ts'
import { senderOf } from './authenticate.ts'
import { type DialectApp, ErrorAnswer, Nullable } from './schemas.ts'

const used = Type.Integer({ description: 'how many are used' })
const limit = Nullable(Type.Integer({ description: 'how many there may be; null without a limit' }))
const resetsAt = Type.String({ description: 'when counting begins again, ISO 8601 in UTC' })
const absent = 'not in this version: nothing used, nothing allowed'
const Counted = (description: string) => Type.Object({ used, limit }, { description })
const Sent = (description: string) =>
  Type.Object(
    {
      used: Type.Integer({
        description: 'recipients of the messages accepted, as quotas count them',
      }),
      limit,
      sent: Type.Integer({
        description: 'the same: each recipient is sent a message of their own',
      }),
      received: Type.Integer({ description: 'messages received; 0 in this version' }),
      messages: Type.Integer({ description: 'messages accepted, whatever their recipients' }),
      resets_at: resetsAt,
    },
    { description },
  )

const noneExample = { used: 0, limit: 0 }
const sentExample = { used: 120, limit: 10_000, sent: 120, received: 0, messages: 100 }
const usageExample = {
  object: 'usage',
  emails: {
    daily: { ...sentExample, resets_at: '2026-03-03T00:00:00.000Z' },
    monthly: { ...sentExample, limit: null, resets_at: '2026-04-01T00:00:00.000Z' },
  },
  contacts: noneExample,
  segments: noneExample,
  broadcasts: noneExample,
  ai_credits: { ...noneExample, next_increase_at: null },
  automation_runs: { ...noneExample, resets_at: '2026-04-01T00:00:00.000Z' },
  domains: { used: 2, limit: 1_000 },
  rate_limit: { limit: 100, duration: '1s' },
}

const UsageBody = Type.Object(
  {
    object: Type.Literal('usage', { description: 'always `usage`' }),
    emails: Type.Object(
      { daily: Sent('since 00:00 UTC'), monthly: Sent('since the first of the month, in UTC') },
      { description: 'messages' },
    ),
    contacts: Counted(absent),
    segments: Counted(absent),
    broadcasts: Counted(absent),
    ai_credits: Type.Object(
      { used, limit, next_increase_at: Type.Null({ description: 'always null: never' }) },
      { description: absent },
    ),
    automation_runs: Type.Object({ used, limit, resets_at: resetsAt }, { description: absent }),
    domains: Counted('domains of the account'),
    rate_limit: Type.Object(
      {
        limit: Type.Integer({ description: 'requests of the account, over all its keys' }),
        duration: Type.String({ description: 'for how long that many are allowed: `1s`' }),
      },
      { description: 'how fast the account may ask' },
    ),
  },
  { description: 'What is used, and how much there may be.', examples: [usageExample] },
)

export const usageRoutes: FastifyPluginAsyncTypebox<ApiDeps> = async (app, deps) => {
  getUsage(app, deps)
}

function getUsage(app: DialectApp, deps: ApiDeps): void {
  app.route({
    method: 'GET',
    url: '/usage',
    config: { scope: 'usage:read' },
    schema: {
      operationId: 'getUsage',
      summary: 'Read the usage',
      description: 'What has been sent today and this month, and what may be.',
      response: { 200: UsageBody, '4xx': ErrorAnswer },
    },
    handler: async (request) => {
      const sender = senderOf(request)
      const usage = await findUsage(deps.sql, sender.h1)
      if (!usage)
        throw new Refusal(
          'not_permitted',
          'This API key may not read the usage; use one with full access.',
        )
      return usageBody(usage, { limits: sender.limits, nowMs: deps.clock.now() })
    },
  })
}

const none = { used: 0, limit: 0 }

export function usageBody(
  usage: Usage,
  { limits, nowMs }: { limits: Sender['limits']; nowMs: number },
): Static<typeof UsageBody> {
  const now = new Date(nowMs)
  const [year, month, day] = [now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate()]
  const tomorrow = new Date(Date.UTC(year, month, day + 1)).toISOString()
  const nextMonth = new Date(Date.UTC(year, month + 1, 1)).toISOString()
  const daily = sent(usage.recipientsToday, usage.messagesToday)
  const monthly = sent(usage.recipientsMonth, usage.messagesMonth)
  return {
    object: 'usage',
    emails: {
      daily: { ...daily, limit: limits.dailyQuota, resets_at: tomorrow },
      monthly: { ...monthly, limit: null, resets_at: nextMonth },
    },
    contacts: none,
    segments: none,
    broadcasts: none,
    ai_credits: { ...none, next_increase_at: null },
    automation_runs: { ...none, resets_at: nextMonth },
    domains: { used: usage.domains, limit: limits.domainsMax },
    rate_limit: { limit: limits.requestsPerSecond, duration: '1s' },
  }
}

function sent(recipients: number, messages: number) {
  return { used: recipients, sent: recipients, received: 0, messages }
}
