/** POST /api/explain: what a pasted bounce, reply or header means. Nothing of it is kept. */
import { type Static, Type } from 'typebox'
import { type Explanation, explain, explainedLengthMax } from '../mail/explain/explain.ts'
import { closed } from './lists.ts'
import type { ConsoleRoutes } from './routes.ts'
import { Instant, Nullable, Text } from './schemas.ts'

const Pasted = Type.Object(
  {
    text: Type.String({
      minLength: 1,
      maxLength: explainedLengthMax,
      description: 'a bounce, an SMTP reply or the header of a message',
    }),
  },
  closed,
)
const ExplanationBody = Type.Object(
  {
    kind: Type.Enum(['bounce', 'reply', 'header', 'unknown'], { description: 'what it is' }),
    findings: Type.Array(
      Type.Object(
        {
          about: Nullable(Text('the address it is about')),
          codes: Text('the codes it was read from'),
          words: Nullable(Text('what the host said')),
          meaning: Text('what happened'),
          advice: Text('what to do'),
          tone: Type.Enum(['good', 'warn', 'bad'], { description: 'how it stands' }),
        },
        closed,
      ),
      { description: 'what was said of each recipient, or by each reply' },
    ),
    path: Type.Array(
      Type.Object(
        {
          from: Nullable(Text('who gave it')),
          by: Nullable(Text('who took it')),
          protocol: Nullable(Text('how, such as `ESMTPS`')),
          at: Nullable(Instant('when')),
          delay_ms: Nullable(Type.Integer({ description: 'since the hop before' })),
        },
        closed,
      ),
      { description: 'its way, first host first' },
    ),
    verdicts: Type.Array(
      Type.Object(
        {
          method: Text('`SPF`, `DKIM`, `DMARC` or `ARC`'),
          result: Text('as the host gave it'),
          about: Nullable(Text('the name it was about')),
          meaning: Text('what that means, and what to do'),
          tone: Type.Enum(['good', 'bad', 'plain'], { description: 'how it stands' }),
        },
        closed,
      ),
      { description: 'what the receiving host found out about the sender' },
    ),
  },
  { ...closed, description: 'In plain words.' },
)

export const explainRoutes: ConsoleRoutes = async (app) => {
  app.route({
    method: 'POST',
    url: '/explain',
    config: { scope: 'session' },
    schema: {
      operationId: 'explain',
      summary: 'Says what a pasted bounce, reply or header means; nothing of it is kept.',
      body: Pasted,
      response: { 200: ExplanationBody },
    },
    handler: async (request) => explanationBody(explain(request.body.text)),
  })
}

function explanationBody({ path, ...rest }: Explanation): Static<typeof ExplanationBody> {
  return {
    ...rest,
    path: path.map(({ delayMs, at, ...hop }) => ({
      ...hop,
      at: at === null ? null : new Date(at).toISOString(),
      delay_ms: delayMs,
    })),
  }
}
