import { useQuery } from '@tanstack/react-query'
import { answerQuery, faultOf, useChange } from '../../api/queries.ts'
import type { ClaimDomainAnswer, GetDomainClaimAnswer } from '../../api/types.ts'
import { StateBadge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { CopyValue } from '../../ui/copy.tsx'
import { Card, DefinitionList } from '../../ui/page.tsx'
import { Time } from '../../ui/time.tsx'
import { type Domain, domainPath } from './domain-query.ts'

const obstacles: Record<string, string> = {
  grace_period: 'The record is there. The name is yours after a short time of grace.',
  recent_owner_activity:
    'The record is there, but whoever holds the name has sent from it lately. It is looked at again.',
  pending_scheduled_emails:
    'The record is there, but whoever holds the name has mail scheduled from it. It is looked at again.',
}

/** For a name whose key is found, and which was verified elsewhere before. */
export function DomainClaim({ domain, mayChange }: { domain: Domain; mayChange: boolean }) {
  const path = `${domainPath(domain.id)}/claim`
  // That there is none yet is an answer as well, and nothing to try again for.
  const { data: claim } = useQuery({ ...answerQuery<GetDomainClaimAnswer>(path), retry: false })
  const begin = useChange<void, ClaimDomainAnswer>(() => ({ method: 'POST', path }), [path])
  const verify = useChange<void>(() => ({ method: 'POST', path: `${path}/verify` }), [path])
  const fault = faultOf(begin.error) ?? faultOf(verify.error)
  return (
    <Card
      title="This name is not free yet"
      hint="Your key is found, but the name was verified elsewhere before. It is yours once the earlier keys are gone from DNS for a day, or as soon as you prove that you control the name."
      actions={
        mayChange &&
        (claim ? (
          <Button isBusy={verify.isPending} onClick={() => verify.mutate()}>
            Check the claim
          </Button>
        ) : (
          <Button look="primary" isBusy={begin.isPending} onClick={() => begin.mutate()}>
            Claim this name
          </Button>
        ))
      }
    >
      {claim && (
        <DefinitionList
          entries={[
            ['Claim', <StateBadge key="state" state={claim.status} />],
            ['Publish as', 'TXT, beside what stands there'],
            [
              'Name',
              <CopyValue key="name" value={claim.record.name_in_zone} what="name of the claim" />,
            ],
            [
              'Value',
              <CopyValue key="value" value={claim.record.value} what="value of the claim" />,
            ],
            ['Looked for until', <Time key="until" at={claim.expires_at} isAbsolute />],
          ]}
        />
      )}
      {claim?.blocked_reason && <p className="mt-3 text-warn">{obstacles[claim.blocked_reason]}</p>}
      {claim?.failure_reason && <p className="mt-3 text-bad">{claim.failure_reason}</p>}
      {fault && (
        <p role="alert" className="mt-3 text-bad">
          {fault}
        </p>
      )}
    </Card>
  )
}
