/** What a key was used for lately, as the dashboard sees it. */
import { type Static, Type } from 'typebox'
import type { CredentialUsage } from '../../core/credentials/credential-usage.ts'
import { closed, orNull, Time } from '../lists.ts'

export const KeyUsageBody = Type.Object(
  {
    last_used_at: orNull(Time, 'when it was last used; null: never yet'),
    requests_since: Type.String({
      format: 'date-time',
      description: 'from when on the requests are all there are',
    }),
    requests: Type.Array(
      Type.Object(
        {
          day: Type.String({ description: 'the day, in UTC' }),
          method: Type.String({ description: 'of the requests' }),
          route: Type.String({ description: 'of the requests, without its values' }),
          requests: Type.Integer({ description: 'how many' }),
        },
        closed,
      ),
      { description: 'by day and route, newest day first' },
    ),
    messages_since: Type.String({
      format: 'date-time',
      description: 'from when on the messages are all there are',
    }),
    messages: Type.Array(
      Type.Object(
        {
          day: Type.String({ description: 'the day, in UTC' }),
          domain: orNull(Type.String(), 'the domain; null: the sandbox, or one that is no more'),
          stream: Type.String({ description: 'urgent, transactional or bulk' }),
          messages: Type.Integer({ description: 'how many' }),
          recipients: Type.Integer({ description: 'to how many recipients' }),
        },
        closed,
      ),
      { description: 'by day, domain and stream, newest day first' },
    ),
  },
  { ...closed, description: 'What the key was used for in the last 30 days.' },
)

export function keyUsageBody(usage: CredentialUsage): Static<typeof KeyUsageBody> {
  const { lastUsedAt, requestsSince, requests, messagesSince, messages } = usage
  return {
    last_used_at: lastUsedAt?.toISOString() ?? null,
    requests_since: requestsSince.toISOString(),
    requests,
    messages_since: messagesSince.toISOString(),
    messages,
  }
}
